"""Fold what does not depend on a model's input, and find every tensor's dimensions."""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from quant.onnx_model.file import ModelError, first_line, node_label, tensor_dims

__all__ = ["fold_constants"]

MAX_ELEMENTS = 2**26
MAX_COPIES = 8

_FOLDED = frozenset(
    {"Abs", "Add", "Cast", "Ceil", "Clip", "Concat", "Constant", "ConstantOfShape", "Div", "Equal"}
    | {"Exp", "Expand", "Flatten", "Floor", "Gather", "Identity", "Max", "Min", "Mul", "Neg"}
    | {"Pow", "Range", "Reciprocal", "ReduceProd", "Reshape", "Shape", "Slice", "Sqrt", "Squeeze"}
    | {"Sub", "Transpose", "Unsqueeze", "Where"}
)
_BROADCASTS = frozenset({"Add", "Clip", "Div", "Equal", "Max", "Min", "Mul", "Pow", "Sub", "Where"})


class _Room:
    """How many elements may still be folded: some, and a few copies of those in the file."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left = float(limit)

    def take(self, size: float) -> None:
        """Raise ValueError if there is no room for so many more."""
        # Written so that "not a number" is too many.
        if not size <= self.left:
            raise ValueError(f"constants of more than {self.limit} elements in all")
        self.left -= size


def fold_constants(
    model: onnx.ModelProto,
    source: str,
    constants: dict[str, NDArray[Any]],
    path: str | Path,
) -> dict[str, tuple[int, ...]]:
    """Evaluate nodes that depend on constants alone; their outputs join ``constants``.

    Parameters
    ----------
    model : ModelProto
    source : str
        Name of the input; if its batch is symbolic it counts as 1.
    constants : dict of ndarray
        Initializers by name; grows.
    path
        For messages.

    Returns
    -------
    dict of tuple of int
        Dimensions of every tensor whose rank is known; 0 for a size that is not.

    Raises
    ------
    ModelError
        If shapes do not fit together, or a node cannot be evaluated.
    """
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    graph = probe.graph
    graph.ClearField("value_info")
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    for info in graph.input:
        if info.name == source:
            batch = info.type.tensor_type.shape.dim[0]
            batch.dim_value = batch.dim_value or 1
    room = _Room(MAX_ELEMENTS + MAX_COPIES * sum(array.size for array in constants.values()))
    # A reshape's target may be computed from shapes: each round of folding can reveal more. (The
    # inference of data would compute it too, but without a limit.)
    n_known = -1
    dims: dict[str, tuple[int, ...]] = {}
    while len(constants) > n_known:
        n_known = len(constants)
        dims = _inferred_dims(probe, path)
        standard = [node for node in graph.node if node.domain in ("", "ai.onnx")]
        for node in [node for node in standard if node.op_type in _FOLDED]:
            if _fold(node, constants, dims, probe, room, path):
                graph.node.remove(node)
                graph.initializer.extend(
                    onnx.numpy_helper.from_array(constants[name], name)
                    for name in node.output
                    if name
                )
    return dims


def _inferred_dims(probe: onnx.ModelProto, path: str | Path) -> dict[str, tuple[int, ...]]:
    try:
        inferred = onnx.shape_inference.infer_shapes(probe, strict_mode=True)
    except (onnx.shape_inference.InferenceError, RuntimeError, ValueError, MemoryError) as error:
        raise ModelError(f"{path}: shapes do not fit together ({first_line(error)})") from error
    graph = inferred.graph
    known = {
        info.name: tensor_dims(info) for info in (*graph.input, *graph.value_info, *graph.output)
    }
    return {name: dims for name, dims in known.items() if dims is not None}


def _fold(
    node: onnx.NodeProto,
    constants: dict[str, NDArray[Any]],
    dims: dict[str, tuple[int, ...]],
    model: onnx.ModelProto,
    room: "_Room",
    path: str | Path,
) -> bool:
    """Evaluate a node whose inputs are constants; False if they are not."""
    if node.op_type == "Shape" and all(dims.get(node.input[0], (0,))):
        sizes = np.array(dims[node.input[0]], np.int64)
        bounds = {item.name: item.i for item in node.attribute}
        constants[node.output[0]] = sizes[bounds.get("start", 0) : bounds.get("end")]
        return True
    if any(name and name not in constants for name in node.input):
        return False
    feeds = {name: constants[name] for name in node.input if name}
    try:
        room.take(_size(node, [constants[name] for name in node.input if name]))
        graph = onnx.helper.make_graph(
            [node],
            "constant",
            [onnx.ValueInfoProto(name=name) for name in feeds],
            [onnx.ValueInfoProto(name=name) for name in node.output],
        )
        single = onnx.helper.make_model(graph, opset_imports=list(model.opset_import))
        with np.errstate(all="ignore"):
            found = ReferenceEvaluator(single).run(None, feeds)
        for name, value in zip(node.output, found, strict=True):
            array = np.asarray(value)
            onnx.numpy_helper.from_array(array, name)
            constants[name] = array
    except Exception as error:  # whatever the evaluator of a damaged node may raise
        raise ModelError(
            f"{path}: {node.op_type} {node_label(node)!r} cannot be evaluated ({first_line(error)})"
        ) from error
    return True


def _size(node: onnx.NodeProto, arrays: list[NDArray[Any]]) -> float:
    """Elements of a node's output at most, given its inputs, each as often as it is named."""
    if node.op_type in _BROADCASTS:
        return float(prod(np.broadcast_shapes(*(array.shape for array in arrays))))
    match node.op_type:
        case "Gather":
            return float(arrays[0].size) * arrays[1].size
        case "Range":
            start, limit, delta = (float(array.reshape(())) for array in arrays)
            return abs((limit - start) / delta) if delta else np.inf
        case "ConstantOfShape" | "Expand":
            own = arrays[0].size if node.op_type == "Expand" else 1
            return float(np.prod(arrays[-1].astype(np.float64))) * own
    return float(sum(array.size for array in arrays))
