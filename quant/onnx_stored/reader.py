"""A file that :mod:`quant.onnx_stored.model` made -> the network that it was made from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from quant.codebook import codebook_from_name
from quant.fixed_point import ActFormat
from quant.layers import LAYERS, Operator
from quant.network import Network, Node
from quant.onnx_model.file import ModelError, first_line, initializers
from quant.onnx_stored.model import LAYERS_KEY, METADATA_KEY, qdq_model

__all__ = ["is_stored", "read_stored"]

_MALFORMED = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


def is_stored(model: onnx.ModelProto) -> bool:
    """Whether a model is of the form that is written here."""
    return any(item.key == LAYERS_KEY for item in model.metadata_props)


def read_stored(model: onnx.ModelProto, path: str | Path) -> Network:
    """Network of a stored model, equal to the one written; ``path`` is for messages.

    Raises
    ------
    ModelError
        If the file is damaged or was changed since.
    """
    metadata = {item.key: item.value for item in model.metadata_props}
    constants = initializers(model, path)
    try:
        network = _read(model, metadata, constants)
        rebuilt = qdq_model(network).graph
    except _MALFORMED as error:
        raise ModelError(f"{path}: not a valid quantized network ({first_line(error)})") from error
    if rebuilt.SerializeToString(deterministic=True) != model.graph.SerializeToString(
        deterministic=True
    ):
        raise ModelError(f"{path}: its graph and its metadata disagree; quantize again")
    return network


def _read(
    model: onnx.ModelProto, metadata: dict[str, str], constants: dict[str, NDArray[Any]]
) -> Network:
    nodes = []
    for known in json.loads(metadata[LAYERS_KEY]):
        name, kind = known["name"], known["kind"]
        if kind not in LAYERS:
            raise ValueError(f"{name}: layer kind must be one of {', '.join(LAYERS)}, not {kind!r}")
        in_format, out_format = (ActFormat(*known[key]) for key in ("in_format", "out_format"))
        parameters = {"in_shape": tuple(known["in_shape"]), "in_format": in_format}
        weights = None
        if "codebook" in known:
            weights = constants[f"{name}.weight"].astype(np.int64)
            scale = constants[f"{name}.weight.scale"]
            exponents = np.frexp(scale)[1].astype(np.int64) - 1
            parameters |= {
                "codebook": codebook_from_name(known["codebook"]),
                "bias": constants[f"{name}.bias"].astype(np.int64),
                "shift": in_format.frac - out_format.frac - exponents,
                "out_format": out_format,
            }
        if "table" in known:
            weights = constants[f"{name}.table"].astype(np.int64).reshape(known["table"])
            parameters["out_format"] = out_format
        if "others" in known:
            parameters["others"] = tuple(
                (tuple(shape), ActFormat(*fmt)) for shape, fmt in known["others"]
            )
            parameters["out_format"] = out_format
        operator = Operator(kind, known["attributes"], weights)
        layer = LAYERS[kind].from_operator(operator, **parameters)
        nodes.append(Node(name, layer, tuple(known["inputs"])))
    return Network(model.graph.name, tuple(nodes), json.loads(metadata[METADATA_KEY]))
