"""The door to ONNX files: float networks in, quantized networks in and out, verdicts on nodes."""

import hashlib
import os
from pathlib import Path

from quant.network import Network
from quant.onnx_float.operators import operator_table
from quant.onnx_float.reader import check_float, read_float
from quant.onnx_integer.reader import check_integer, is_integer, read_integer
from quant.onnx_model.file import ModelError, load_model, node_label
from quant.onnx_model.verdict import OperatorVerdict
from quant.onnx_stored.model import qdq_model
from quant.onnx_stored.reader import is_stored, read_stored

__all__ = [
    "ModelError",
    "OperatorVerdict",
    "check_operators",
    "is_quantized",
    "model_digest",
    "operator_table",
    "read_float",
    "read_quantized",
    "write_quantized",
]


def write_quantized(network: Network, path: str | Path) -> None:
    """Write a network as quantized ONNX; the same network gives the same bytes.

    The file appears whole or not at all: it is written under another name and then renamed.

    Raises
    ------
    ValueError
        If ONNX cannot say it, as :func:`~quant.onnx_stored.model.qdq_model` tells.
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
    return is_stored(model) or is_integer(model)


def model_digest(path: str | Path) -> str:
    """SHA-256 of a model, wherever its data lie.

    Raises
    ------
    ModelError
        If it is unreadable.
    """
    content = load_model(path).SerializeToString(deterministic=True)
    return hashlib.sha256(content).hexdigest()


def read_quantized(path: str | Path) -> Network:
    """Network of a quantized ONNX file, equal to the one written.

    An integer model made by others is taken as it is, see :mod:`quant.onnx_integer.reader`.

    Raises
    ------
    ModelError
        If the file is damaged, changed since :func:`write_quantized` wrote it, or holds what
        cannot be taken as it is.
    """
    model = load_model(path)
    if is_stored(model):
        return read_stored(model, path)
    if is_integer(model):
        return read_integer(path)
    raise ModelError(f"{path}: not a quantized network; quantize it first")


def check_operators(path: str | Path) -> list[OperatorVerdict]:
    """Verdict on every node, in the order of the file; a refused one does not stop the rest.

    Of a quantized file too, whether it was written here or made by others.

    Raises
    ------
    ModelError
        If the file is damaged, or has not one input and one output.
    """
    model = load_model(path)
    if is_stored(model):
        return [OperatorVerdict(node_label(node), node.op_type) for node in model.graph.node]
    return check_integer(path) if is_integer(model) else check_float(path)
