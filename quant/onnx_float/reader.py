"""Float ONNX -> float network, and a verdict on every operator."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

from quant.float_network.graph import FloatNetwork
from quant.network import INPUT
from quant.onnx_float.builder import GraphBuilder
from quant.onnx_float.constants import fold_constants
from quant.onnx_float.operators import OPERATORS, Step
from quant.onnx_float.operators.shapes import LEFT_TO_HOST, RENAMES
from quant.onnx_float.value import Value
from quant.onnx_model.file import ModelError, initializers, load_model, node_label, tensor_dims
from quant.onnx_model.layout import flat_axes, image_axes
from quant.onnx_model.verdict import OperatorVerdict, RefusedError

__all__ = ["check_float", "read_float"]

_FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16)
_ELEMENTWISE = frozenset({"Add", "Cast", "Div", "Identity", "Mul", "Sub"})
_TO_CHANNELS_FIRST = [0, 3, 1, 2]


def read_float(path: str | Path) -> FloatNetwork:
    """Float network of an ONNX file, with everything foldable folded in.

    Batch norm, scales and offsets fold into the neighbouring layer with weights, ReLUs into the
    one before; dropout vanishes, and so does whatever the output does not need. Weights of a dense
    layer behind a flatten change from ONNX's channel-first order to raster order. Layers are named
    after their kind: ``conv1``, ``pool1``.

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
    layers = reader.layers()
    if not layers:
        raise ModelError(f"{path}: no layer was found between the input and the output")
    return FloatNetwork(reader.name, layers, tuple(reader.builder.host))


def check_float(path: str | Path) -> list[OperatorVerdict]:
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
    builder : GraphBuilder
        What was built; complete if no verdict is a refusal.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        model = load_model(path)
        self.name = Path(path).stem
        self.constants: dict[str, NDArray[Any]] = initializers(model, path)
        source, self.sink = self._ends(model)
        self.dims = fold_constants(model, source.name, self.constants, path)
        self.nodes = list(model.graph.node)
        self.takers = Counter(name for node in self.nodes for name in set(node.input))
        self.takers[self.sink] += 1
        self.builder = GraphBuilder()
        self.values: dict[str, Value | None] = {}
        self._bind(source.name, self._input_value(source.name))
        self.verdicts = [self._judge(node) for node in self.nodes]
        self._judge_end()

    def layers(self) -> tuple[Any, ...]:
        """The layers that the output needs."""
        value = self.values[self.sink]
        return self.builder.finished(value) if value is not None else ()

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
        if dims is None or len(dims) not in (2, 4) or min(dims[1:]) < 1:
            raise ModelError(
                f"{self.path}: input {source.name!r} must have shape (batch, channels, height, "
                f"width) or (batch, features), fixed but for the batch"
            )
        return source, model.graph.output[0].name

    def _input_value(self, name: str) -> Value:
        dims = self.dims[name]
        if len(dims) == 2:
            return Value(INPUT, (1, 1, dims[1]), flat_axes((1, 1, dims[1])))
        if self._is_channels_last(name):
            shape = (dims[1], dims[2], dims[3])
            return Value(INPUT, shape, image_axes(shape, "hwc"))
        shape = (dims[2], dims[3], dims[1])
        return Value(INPUT, shape, image_axes(shape))

    def _is_channels_last(self, name: str) -> bool:
        """Whether all that is done to a tensor, before it is transposed, is scales and offsets."""
        waiting, found = [name], False
        while waiting:
            at = waiting.pop()
            for node in (node for node in self.nodes if at in node.input):
                if node.op_type in _ELEMENTWISE and node.output[0] not in self.constants:
                    waiting.append(node.output[0])
                elif not self._brings_channels_first(node):
                    return False
                found = True
        return found

    def _brings_channels_first(self, node: onnx.NodeProto) -> bool:
        """A transpose, or the reshape that it is where there is one channel."""
        if node.op_type == "Transpose":
            orders = [list(item.ints) for item in node.attribute if item.name == "perm"]
            return orders == [_TO_CHANNELS_FIRST]
        before, after = self.dims.get(node.input[0], ()), self.dims.get(node.output[0], ())
        return (
            node.op_type == "Reshape"
            and len(before) == len(after) == 4
            and before[3] == 1 != before[1]
            and after == tuple(before[axis] for axis in _TO_CHANNELS_FIRST)
        )

    def _judge(self, node: onnx.NodeProto) -> OperatorVerdict:
        label = node_label(node)
        try:
            self._take(node)
        except RefusedError as refusal:
            self._stand_in(node)
            return OperatorVerdict(label, node.op_type, "refused", refusal.reason, refusal.fix)
        except (ValueError, IndexError, KeyError, TypeError, ArithmeticError) as error:
            self._stand_in(node)
            reason = str(error) if isinstance(error, ValueError) else "an attribute is missing"
            return OperatorVerdict(label, node.op_type, "refused", reason, "change the layer")
        return OperatorVerdict(label, node.op_type)

    def _take(self, node: onnx.NodeProto) -> None:
        if all(name in self.constants for name in node.output if name):
            return None
        if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
            raise RefusedError(
                "this operator is not supported; `shiftconv check --operators` lists what is",
                _FIXES.get(node.op_type, "replace it with supported operators"),
            )
        inputs = [self.values.get(name) for name in node.input]
        lost = any(name in self.values and self.values[name] is None for name in node.input)
        if lost:
            return self._stand_in(node)
        if not any(inputs):
            raise RefusedError("it does not depend on the input", "fold it into a constant")
        if any(value is not None and value.on_host for value in inputs):
            return self._take_on_host(node, inputs)
        found = OPERATORS[node.op_type][0](
            Step(
                node,
                self.builder,
                inputs,
                [self.constants.get(name) for name in node.input],
                [self.dims.get(name) for name in node.input],
                [self.dims.get(name) for name in node.output],
                self._ends_behind(node),
            )
        )
        for name, value in zip(
            node.output, found if isinstance(found, list) else [found], strict=False
        ):
            self._bind(name, value)
        return None

    def _take_on_host(self, node: onnx.NodeProto, inputs: list[Value | None]) -> None:
        """A node behind one that is left to the host; it was looked at from there."""
        if node.op_type in LEFT_TO_HOST:
            self.builder.host.append(node.op_type)
        self.values[node.output[0]] = next(value for value in inputs if value is not None)

    def _ends_behind(self, node: onnx.NodeProto) -> bool:
        """Whether the output comes from the node through what only renames or is left to the
        host."""
        waiting = list(node.output)
        while waiting:
            name = waiting.pop()
            for taker in (taker for taker in self.nodes if name in taker.input):
                if taker.op_type not in (*LEFT_TO_HOST, *RENAMES):
                    return False
                waiting += taker.output
        return True

    def _bind(self, name: str, value: Value) -> None:
        if self.takers[name] > 1:
            if value.pending and value.pending.per_channel:
                padding = value.padding
                settled = self.builder.settled(replace(value, padding=(0, 0, 0, 0)))
                value = replace(settled, padding=padding)
            value = replace(value, shared=True)
        self.values[name] = value

    def _stand_in(self, node: onnx.NodeProto) -> None:
        """Go on judging behind a refused node, from the shape that it gives."""
        for name in filter(None, node.output):
            dims = self.dims.get(name)
            if dims is None or len(dims) not in (2, 4) or min(dims[1:]) < 1:
                self.values[name] = None
            elif len(dims) == 2:
                self.values[name] = Value(name, (1, 1, dims[1]), flat_axes((1, 1, dims[1])))
            else:
                shape = (dims[2], dims[3], dims[1])
                self.values[name] = Value(name, shape, image_axes(shape))

    def _judge_end(self) -> None:
        """Refuse a last node whose result cannot be the output."""
        if any(verdict.status != "ok" for verdict in self.verdicts):
            return
        makers = [n for n, node in enumerate(self.nodes) if self.sink in node.output]
        if self.sink not in self.values or not makers:
            raise ModelError(f"{self.path}: output {self.sink!r} does not depend on the input")
        try:
            self.layers()
        except RefusedError as refusal:
            self.verdicts[makers[0]] = replace(
                self.verdicts[makers[0]], status="refused", reason=refusal.reason, fix=refusal.fix
            )


_FIXES = {
    "ConvTranspose": "use a Resize by 2 and a convolution",
    "GRU": "only feed-forward networks can be built",
    "InstanceNormalization": "use batch norm, which folds into the weights",
    "LSTM": "only feed-forward networks can be built",
    "LayerNormalization": "use batch norm, which folds into the weights",
    "Loop": "export without control flow",
    "If": "export without control flow",
    "Tile": "enlarge images with a Resize: keras.ops.image.resize instead of UpSampling2D",
    "QuantizeLinear": "export the float model",
    "DequantizeLinear": "export the float model",
}
