"""Open and check ONNX files; every fault becomes one sentence."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.inliner
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

__all__ = [
    "MAX_OPSET",
    "MIN_OPSET",
    "ModelError",
    "first_line",
    "initializers",
    "load_model",
    "node_label",
    "tensor_dims",
]

MIN_OPSET = 11
MAX_OPSET = 21
MAX_NODES = 100_000


class ModelError(ValueError):
    """A model file cannot be used; the message names the file, what was found, what is allowed."""


def load_model(path: str | Path) -> onnx.ModelProto:
    """Model of an ONNX file, checked, its external data loaded.

    Raises
    ------
    ModelError
        If the file is missing, truncated, not ONNX, or invalid; if it keeps data outside of its
        folder; or if its opset is not from 11 to 21.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError:
        model = onnx.ModelProto()
    if not model.graph.node or not model.opset_import:
        raise ModelError(f"{path}: not an ONNX model, or a truncated one")
    opset = next((used.version for used in model.opset_import if used.domain in ("", "ai.onnx")), 0)
    if not MIN_OPSET <= opset <= MAX_OPSET:
        raise ModelError(
            f"{path}: opset must be from {MIN_OPSET} to {MAX_OPSET}, not {opset}; "
            f"export again or use onnx.version_converter"
        )
    _load_external_data(model, path)
    _limit_functions(model, path)
    try:
        onnx.checker.check_model(model)
        return onnx.inliner.inline_local_functions(model) if model.functions else model
    except (onnx.checker.ValidationError, RuntimeError, ValueError) as error:
        raise ModelError(f"{path}: not a valid ONNX model ({first_line(error)})") from error


def _load_external_data(model: onnx.ModelProto, path: Path) -> None:
    folder = path.parent.resolve()
    nodes = [node for function in model.functions for node in function.node]
    external = [
        tensor
        for tensor in (*_tensors(model.graph), *_tensors_of(nodes))
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    ]
    for tensor in external:
        location = next(
            (entry.value for entry in tensor.external_data if entry.key == "location"), ""
        )
        try:
            inside = location and (folder / location).resolve().is_relative_to(folder)
            there = inside and (folder / location).is_file()
        except (OSError, ValueError):
            inside = there = False
        if not inside:
            raise ModelError(
                f"{path}: tensor {tensor.name!r} lies in {location!r}, "
                f"but data must lie in the folder of the model"
            )
        if not there:
            raise ModelError(f"{path}: data file {location!r} of tensor {tensor.name!r} is missing")
    if external:
        try:
            onnx.load_external_data_for_model(model, str(folder))
        except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
            raise ModelError(
                f"{path}: external data cannot be read ({first_line(error)})"
            ) from error


def _limit_functions(model: onnx.ModelProto, path: Path) -> None:
    """Refuse functions that call themselves, or are too many nodes once they are written out."""
    functions = {(function.domain, function.name): function for function in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size(nodes: Iterable[onnx.NodeProto], callers: tuple[tuple[str, str], ...]) -> int:
        total = 0
        for node in _nodes(nodes):
            key = node.domain, node.op_type
            if key in callers:
                raise ModelError(f"{path}: function {node.op_type!r} calls itself")
            if key in functions and key not in sizes:
                sizes[key] = size(functions[key].node, (*callers, key))
            total += sizes.get(key, 1)
            if total > MAX_NODES:
                raise ModelError(
                    f"{path}: functions written out are more than {MAX_NODES} nodes, "
                    f"{node.op_type!r} among them"
                )
        return total

    if functions:
        size(model.graph.node, ())


def _nodes(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """Nodes, and those of the graphs within them."""
    for node in nodes:
        yield node
        for item in node.attribute:
            for graph in (item.g, *item.graphs):
                yield from _nodes(graph.node)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Every constant of a graph and of the graphs within it."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _tensors_of(graph.node)


def _tensors_of(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.TensorProto]:
    for item in (item for node in nodes for item in node.attribute):
        yield from (item.t, *item.tensors)
        for sparse in (item.sparse_tensor, *item.sparse_tensors):
            yield from (sparse.values, sparse.indices)
        if item.HasField("g"):
            yield from _tensors(item.g)
        for graph in item.graphs:
            yield from _tensors(graph)


def first_line(error: Exception) -> str:
    """First line of a message that may have many, without its tags."""
    return re.sub(r"\[\w+\] ?", "", str(error)).strip().partition("\n")[0].rstrip(".")


def node_label(node: onnx.NodeProto) -> str:
    """Name of a node, or of its output if it has none."""
    return node.name or next(iter(node.output), node.op_type)


def tensor_dims(info: onnx.ValueInfoProto) -> tuple[int, ...] | None:
    """Sizes of a tensor, 0 for a symbolic one; None if not even the rank is known."""
    if not info.type.tensor_type.HasField("shape"):
        return None
    return tuple(dim.dim_value for dim in info.type.tensor_type.shape.dim)


def initializers(model: onnx.ModelProto, path: str | Path) -> dict[str, NDArray[Any]]:
    """Arrays of the graph's constant tensors, by name; raises ModelError if one is damaged."""
    arrays = {}
    for tensor in model.graph.initializer:
        try:
            arrays[tensor.name] = np.asarray(onnx.numpy_helper.to_array(tensor))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{path}: tensor {tensor.name!r} is damaged ({first_line(error)})"
            ) from error
    return arrays
