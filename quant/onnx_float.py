"""Float ONNX -> float network, and a verdict on every operator."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from quant.chain import Chain, RefusedError
from quant.float_graph import FloatNetwork
from quant.onnx_file import (
    ModelError,
    first_line,
    initializers,
    load_model,
    node_label,
    tensor_dims,
)
from quant.onnx_operators import OPERATORS, Step

__all__ = ["OperatorVerdict", "check_operators", "read_float"]

_FOLDED = frozenset(
    {"Add", "Cast", "Concat", "Constant", "Div", "Gather", "Identity", "Mul", "Neg", "Reshape"}
    | {"Shape", "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze"}
)
_FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16)


@dataclass(frozen=True)
class OperatorVerdict:
    """Whether a node can be built.

    Parameters
    ----------
    node, op : str
        Name of the node and its operator.
    status : {"ok", "refused"}
    reason, fix : str
        Why it is refused, and what to do; empty if it is not.
    """

    node: str
    op: str
    status: str = "ok"
    reason: str = ""
    fix: str = ""


def read_float(path: str | Path) -> FloatNetwork:
    """Float network of an ONNX file, with everything foldable folded in.

    Batch norm, scales and offsets fold into the neighbouring layer with weights, ReLUs into the
    one before; dropout vanishes. Weights of a dense layer behind a flatten change from ONNX's
    channel-first order to raster order. Layers are named after their kind: ``conv1``, ``pool1``.

    Raises
    ------
    ModelError
        If the file is damaged, or has an operator or attribute that cannot be built.
    """
    reader = _Reader(path)
    for verdict in reader.verdicts:
        if verdict.status != "ok":
            raise ModelError(
                f"{path}: {verdict.op} {verdict.node!r}: {verdict.reason}; {verdict.fix}"
            )
    if not reader.chain.layers:
        raise ModelError(f"{path}: no convolution, dense layer or max pool was found")
    return FloatNetwork(reader.name, tuple(reader.chain.layers))


def check_operators(path: str | Path) -> list[OperatorVerdict]:
    """Verdict on every node, in the order of the file; a refused one does not stop the rest.

    Raises
    ------
    ModelError
        If the file is damaged, or has not one input and one output.
    """
    return _Reader(path).verdicts


class _Reader:
    """Walks the nodes of a model once.

    Members
    -------
    verdicts : list of OperatorVerdict
    chain : Chain
        What was built; complete if no verdict is a refusal.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        model = load_model(path)
        self.name = Path(path).stem
        self.constants: dict[str, NDArray[Any]] = initializers(model, path)
        self.opsets = list(model.opset_import)
        source, self.sink = self._ends(model)
        self.dims: dict[str, tuple[int, ...]] = {}
        self._infer_dims(model, source)
        self.head = source.name
        self.activations = {source.name}
        self.chain = _start(self.dims[source.name])
        self.verdicts = [self._judge(node) for node in model.graph.node]
        self._finish()

    def _ends(self, model: onnx.ModelProto) -> tuple[onnx.ValueInfoProto, str]:
        """The one input and the name of the one output."""
        inputs = [info for info in model.graph.input if info.name not in self.constants]
        for what, found in (("input", inputs), ("output", list(model.graph.output))):
            if len(found) != 1:
                names = ", ".join(info.name for info in found)
                raise ModelError(f"{self.path}: one {what} is allowed, but there are: {names}")
        source = inputs[0]
        dims = tensor_dims(source)
        if source.type.tensor_type.elem_type not in _FLOATS:
            raise ModelError(f"{self.path}: input {source.name!r} must be floating point")
        if dims is None or len(dims) not in (2, 4) or 0 in dims[1:]:
            raise ModelError(
                f"{self.path}: input {source.name!r} must have shape (batch, channels, height, "
                f"width) or (batch, features), fixed but for the batch"
            )
        return source, model.graph.output[0].name

    def _infer_dims(self, model: onnx.ModelProto, source: onnx.ValueInfoProto) -> None:
        """Find constants and dimensions where they can be known; a symbolic batch counts as 1."""
        probe = onnx.ModelProto()
        probe.CopyFrom(model)
        graph = probe.graph
        graph.ClearField("value_info")
        for output in graph.output:
            output.type.tensor_type.ClearField("shape")
        for info in graph.input:
            if info.name == source.name:
                batch = info.type.tensor_type.shape.dim[0]
                batch.dim_value = batch.dim_value or 1
        # A reshape's target may be computed from shapes: each round of folding can reveal more.
        n_known = -1
        while len(self.constants) > n_known:
            n_known = len(self.constants)
            self.dims = self._infer_once(probe)
            folded = [node for node in graph.node if node.op_type in _FOLDED and self._fold(node)]
            for node in folded:
                graph.node.remove(node)
                graph.initializer.extend(
                    onnx.numpy_helper.from_array(self.constants[name], name) for name in node.output
                )

    def _infer_once(self, probe: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
        try:
            inferred = onnx.shape_inference.infer_shapes(probe, strict_mode=True, data_prop=True)
        except (onnx.shape_inference.InferenceError, RuntimeError) as error:
            raise ModelError(
                f"{self.path}: shapes do not fit together ({first_line(error)})"
            ) from error
        graph = inferred.graph
        known = {
            info.name: tensor_dims(info)
            for info in (*graph.input, *graph.value_info, *graph.output)
        }
        return {name: dims for name, dims in known.items() if dims is not None}

    def _judge(self, node: onnx.NodeProto) -> OperatorVerdict:
        label = node_label(node)
        try:
            self._take(node)
        except RefusedError as refusal:
            self._restart(node)
            return OperatorVerdict(label, node.op_type, "refused", refusal.reason, refusal.fix)
        except ValueError as error:
            self._restart(node)
            return OperatorVerdict(label, node.op_type, "refused", str(error), "change the layer")
        return OperatorVerdict(label, node.op_type)

    def _take(self, node: onnx.NodeProto) -> None:
        used = [name for name in node.input if name in self.activations]
        if all(name in self.constants for name in node.output):
            return
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            raise RefusedError(
                f"this operator is not supported; supported are {', '.join(OPERATORS)}",
                _FIXES.get(node.op_type, "replace it with supported operators"),
            )
        if len(used) > 1:
            raise RefusedError(
                "it joins two branches, but layers must form a chain", "remove the shortcut"
            )
        if used != [self.head]:
            raise RefusedError(
                "its input has another consumer, but layers must form a chain",
                "remove the branch",
            )
        if self.chain.lost:
            self.chain = _start(self.dims.get(self.head), lost=True)
        step = Step(
            node,
            [self.constants.get(name) for name in node.input],
            self.dims.get(self.head),
            self.dims.get(node.output[0]),
        )
        if step.in_dims is not None or not self.chain.lost:
            OPERATORS[node.op_type](step, self.chain)
        self._advance(node)

    def _fold(self, node: onnx.NodeProto) -> bool:
        """Evaluate a node whose inputs are constants; False if they are not."""
        if node.op_type == "Shape" and all(self.dims.get(node.input[0], (0,))):
            sizes = np.array(self.dims[node.input[0]], np.int64)
            bounds = {item.name: item.i for item in node.attribute}
            self.constants[node.output[0]] = sizes[bounds.get("start", 0) : bounds.get("end")]
            return True
        if any(name and name not in self.constants for name in node.input):
            return False
        graph = onnx.helper.make_graph(
            [node],
            "constant",
            [onnx.ValueInfoProto(name=name) for name in node.input if name],
            [onnx.ValueInfoProto(name=name) for name in node.output],
        )
        model = onnx.helper.make_model(graph, opset_imports=self.opsets)
        feeds = {name: self.constants[name] for name in node.input if name}
        for name, value in zip(
            node.output, ReferenceEvaluator(model).run(None, feeds), strict=True
        ):
            self.constants[name] = np.asarray(value)
        return True

    def _advance(self, node: onnx.NodeProto) -> None:
        self.activations.update(name for name in node.output if name)
        self.head = node.output[0]

    def _restart(self, node: onnx.NodeProto) -> None:
        """Go on judging behind a refused node, from the shape that it gives."""
        self._advance(node)
        self.chain = _start(self.dims.get(self.head), lost=True)

    def _finish(self) -> None:
        waiting = self.chain.pending
        if waiting:
            self._refuse(
                waiting.source,
                "no convolution or dense layer is next to it to fold into",
                "move it next to a layer with weights, before the ReLU",
            )
        if self.head != self.sink:
            self._refuse(
                self.verdicts[-1].node,
                f"the chain ends at {self.head!r}, but the output is {self.sink!r}",
                "remove what follows the output",
            )

    def _refuse(self, label: str, reason: str, fix: str) -> None:
        self.verdicts = [
            OperatorVerdict(label, verdict.op, "refused", reason, fix)
            if verdict.node == label and verdict.status == "ok"
            else verdict
            for verdict in self.verdicts
        ]


def _start(dims: tuple[int, ...] | None, *, lost: bool = False) -> Chain:
    if dims is None or len(dims) not in (2, 4):
        return Chain((1, 1, 1), flat=dims is not None, lost=True)
    if len(dims) == 2:
        return Chain((1, 1, dims[1]), flat=True, lost=lost)
    return Chain((dims[2], dims[3], dims[1]), flat=False, lost=lost)


_FIXES = {
    "AveragePool": "use a max pool, or a convolution with stride",
    "GlobalAveragePool": "use a max pool, or a dense layer",
    "LogSoftmax": "export the logits; the largest stays the largest",
    "Softmax": "export the logits; the largest stays the largest",
    "LeakyRelu": "use a ReLU",
    "Sigmoid": "use a ReLU",
    "Tanh": "use a ReLU",
}
