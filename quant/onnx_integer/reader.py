"""Integer ONNX made by others -> network, as it is, where every number is a power of two's.

Taken are QDQ files (``DequantizeLinear -> operator -> QuantizeLinear``) and files of QLinear
operators whose scales are powers of two, whose activations start at zero or are centred on it, and
whose weights are levels of a power-of-two codebook. Nothing is quantized again.
"""

from pathlib import Path

import onnx

from quant.layers._weighted import WeightedLayer
from quant.network import INPUT, Network
from quant.onnx_integer.graph import Constant, Given, IntegerGraph
from quant.onnx_integer.operators import INTEGER_OPERATORS
from quant.onnx_integer.step import IntegerStep, Tensor
from quant.onnx_model.file import ModelError, initializers, load_model, node_label, tensor_dims
from quant.onnx_model.layout import flat_axes, image_axes
from quant.onnx_model.verdict import OperatorVerdict, RefusedError

__all__ = ["check_integer", "is_integer", "read_integer"]

_MARKS = ("DequantizeLinear", "QLinear", "QGemm", "QuantizeLinear")
_DOMAINS = ("", "ai.onnx", "com.microsoft")


def is_integer(model: onnx.ModelProto) -> bool:
    """Whether a model has operators on quantized integers."""
    return any(node.op_type.startswith(_MARKS) for node in model.graph.node)


def read_integer(path: str | Path) -> Network:
    """Network of an integer ONNX file, with its very weights.

    The network's integers are those of the file; where the file stores an activation with an
    offset (a zero point at the end or in the middle of its range), they are without it.

    Raises
    ------
    ModelError
        If the file is damaged, or names the first node that is in the way.
    """
    return _Reader(path).network()


def check_integer(path: str | Path) -> list[OperatorVerdict]:
    """Verdict on every node of an integer model; a refused one does not stop the rest.

    Raises
    ------
    ModelError
        If the file is damaged, or has not one input and one output.
    """
    return _Reader(path).verdicts


class _Reader:
    """Walks the nodes of a model once."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        model = load_model(path)
        self.tensors: dict[str, Tensor | None] = {
            name: Constant(array) for name, array in initializers(model, path).items()
        }
        sources = [info for info in model.graph.input if info.name not in self.tensors]
        sinks = list(model.graph.output)
        if len(sources) != 1 or len(sinks) != 1:
            raise ModelError(f"{path}: one input and one output are allowed")
        self.sink = sinks[0].name
        self.tensors[sources[0].name] = self._image(sources[0])
        self.graph = IntegerGraph()
        self.verdicts = [self._judge(node) for node in model.graph.node]

    def network(self) -> Network:
        """The network up to the output."""
        for verdict in self.verdicts:
            if verdict.status != "ok":
                raise ModelError(
                    f"{self.path}: {verdict.op} {verdict.node!r}: {verdict.reason}; {verdict.fix}"
                )
        result = self.tensors.get(self.sink)
        if not isinstance(result, Given) or result.source == INPUT:
            raise ModelError(
                f"{self.path}: output {self.sink!r} must be a quantized activation; "
                f"put a QuantizeLinear before it"
            )
        nodes = self.graph.finished(result.source)
        weighted = [node.layer for node in nodes if isinstance(node.layer, WeightedLayer)]
        bits = max((layer.codebook.code_width for layer in weighted), default=0)
        metadata = {"scheme": "as found", "bits": str(bits)}
        return Network(Path(self.path).stem, nodes, metadata)

    def _image(self, info: onnx.ValueInfoProto) -> Given:
        """The input, its format not known yet."""
        dims = tensor_dims(info)
        if dims is None or len(dims) not in (2, 4) or min(dims[1:]) < 1:
            raise ModelError(
                f"{self.path}: input {info.name!r} must have shape (batch, channels, height, "
                f"width) or (batch, features), fixed but for the batch"
            )
        if len(dims) == 2:
            return Given(INPUT, None, (1, 1, dims[1]), flat_axes((1, 1, dims[1])))
        shape = (dims[2], dims[3], dims[1])
        return Given(INPUT, None, shape, image_axes(shape))

    def _judge(self, node: onnx.NodeProto) -> OperatorVerdict:
        label = node_label(node)
        # What a refused node gives is not known: its takers are judged by their kind alone.
        self.tensors |= dict.fromkeys(node.output)
        try:
            self._take(node)
        except RefusedError as refusal:
            return OperatorVerdict(label, node.op_type, "refused", refusal.reason, refusal.fix)
        except (ValueError, IndexError, KeyError, TypeError, ArithmeticError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            return OperatorVerdict(label, node.op_type, "refused", reason, "change the node")
        return OperatorVerdict(label, node.op_type)

    def _take(self, node: onnx.NodeProto) -> None:
        if node.domain not in _DOMAINS or node.op_type not in INTEGER_OPERATORS:
            raise RefusedError(
                f"this operator is not supported in an integer model; supported are "
                f"{', '.join(sorted(INTEGER_OPERATORS))}",
                "quantize the float model with shiftconv",
            )
        inputs = [self.tensors.get(name) for name in node.input]
        if all(value is not None for name, value in zip(node.input, inputs, strict=True) if name):
            step = IntegerStep(node, self.graph, inputs)
            self.tensors[node.output[0]] = INTEGER_OPERATORS[node.op_type](step)
