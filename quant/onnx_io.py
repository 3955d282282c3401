"""Quantized ONNX files: written whole, read back the same. The form is that of onnx_qdq."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from quant.codebook import codebook_from_name
from quant.fixed_point import ActFormat
from quant.layers import LAYERS, Operator
from quant.network import Network, Node
from quant.onnx_file import ModelError, first_line, initializers, load_model
from quant.onnx_integer import is_integer, read_integer
from quant.onnx_qdq import LAYERS_KEY, METADATA_KEY, qdq_model

__all__ = ["is_quantized", "read_quantized", "write_quantized"]

_MALFORMED = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)


def write_quantized(network: Network, path: str | Path) -> None:
    """Write a network as quantized ONNX; the same network gives the same bytes.

    The file appears whole or not at all: it is written under another name and then renamed.

    Raises
    ------
    ValueError
        If ONNX cannot say it, as :func:`~quant.onnx_qdq.qdq_model` tells.
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    content = qdq_model(network).SerializeToString(deterministic=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "xb") as file:
            file.write(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def is_quantized(path: str | Path) -> bool:
    """Whether an ONNX file can be one for :func:`read_quantized`, not a float model.

    Raises
    ------
    ModelError
        If it is unreadable.
    """
    model = load_model(path)
    return any(item.key == LAYERS_KEY for item in model.metadata_props) or is_integer(model)


def read_quantized(path: str | Path) -> Network:
    """Network of a quantized ONNX file, equal to the one written.

    An integer model made by others is taken as it is, see :mod:`quant.onnx_integer`.

    Raises
    ------
    ModelError
        If the file is damaged, changed since :func:`write_quantized` wrote it, or holds what
        cannot be taken as it is.
    """
    model = load_model(path)
    metadata = {item.key: item.value for item in model.metadata_props}
    if LAYERS_KEY not in metadata and is_integer(model):
        return read_integer(path)
    if LAYERS_KEY not in metadata:
        raise ModelError(f"{path}: not a quantized network; quantize it first")
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
