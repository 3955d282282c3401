"""A quantized network as ordinary ONNX that any runtime executes.

The file's input is the integer activation of shape (n, channels, height, width). The tensor that
bears a layer's name is its output, in the smallest integer type that holds it. Layers with weights
are in QDQ form: the weights are the levels themselves; their scale, and that of the bias, is one
power of two for each output channel, and no zero point. A Clip stands behind them where the
activation's width is not 8 or 16. The other layers are arithmetic that no runtime rounds
otherwise, see forms. What ONNX cannot say (codebook, exact width) is in the metadata.

A runtime gives the golden integers as long as the sum of a channel's weights, in magnitude, stays
within 2**23, see weighted_forms. Where a runtime multiplies unsigned by signed bytes with
saturating 16-bit pairs (x86 without VNNI), levels must not exceed 64 in magnitude besides; those
of exponent width 3 do not.
"""

import json
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from quant.fixed_point import ActFormat
from quant.layers import Join, Shape
from quant.layers._weighted import WeightedLayer
from quant.layers.look_up import LookUp
from quant.network import INPUT, Network, Node
from quant.onnx_model.file import first_line
from quant.onnx_stored.forms import FORMS
from quant.onnx_stored.pieces import container

__all__ = ["LAYERS_KEY", "METADATA_KEY", "qdq_model"]

OPSET = 21
IR_VERSION = 10
LAYERS_KEY = "shiftconv.layers"
METADATA_KEY = "shiftconv.metadata"


def qdq_model(network: Network) -> onnx.ModelProto:
    """Model of a network, checked; the same network gives the same model.

    Raises
    ------
    ValueError
        If a bias does not fit into 32 bits, a scale not into single precision, or the name of a
        layer is also that of a tensor.
    """
    return _Writer(network).model()


class _Writer:
    """Builds the model of one network, node by node."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.flat: set[str] = set()

    def model(self) -> onnx.ModelProto:
        """The model, checked."""
        for node in self.network.nodes:
            self._layer(node)
        result = self.network.nodes[-1].name
        graph = helper.make_graph(
            self.nodes,
            self.network.name,
            [self._info(INPUT, self.network.in_format, self.network.in_shape)],
            [self._info(result, self.network.out_format, self.network.out_shape)],
            [onnx.numpy_helper.from_array(array, key) for key, array in self.constants.items()],
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="shiftconv",
        )
        layers = [_description(node) for node in self.network.nodes]
        helper.set_model_props(
            model,
            {
                LAYERS_KEY: json.dumps(layers),
                METADATA_KEY: json.dumps(self.network.metadata, sort_keys=True),
            },
        )
        try:
            onnx.checker.check_model(model, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ValueError(
                f"{self.network.name}: cannot be said in ONNX ({first_line(error)})"
            ) from error
        return model

    def node(self, op: str, name: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node; returns its output."""
        self.nodes.append(helper.make_node(op, inputs, [output], name, **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a constant tensor; returns its name."""
        self.constants[name] = np.ascontiguousarray(value).reshape(np.shape(value))
        return name

    def _info(self, name: str, fmt: ActFormat, shape: Shape) -> onnx.ValueInfoProto:
        height, width, channels = shape
        dims: list[str | int | None] = ["batch", channels]
        if name not in self.flat:
            dims += [height, width]
        kind = helper.np_dtype_to_tensor_dtype(container(fmt))
        return helper.make_tensor_value_info(name, kind, dims)

    def _layer(self, node: Node) -> None:
        layer, operator = node.layer, node.layer.operator()
        sources = []
        for n, (source, (shape, _)) in enumerate(zip(node.inputs, layer.inputs, strict=True)):
            part = f"{node.name}.{n}" if n else node.name
            sources.append(self._reshaped(part, source, shape, operator.flat))
        FORMS[operator.op](self, node.name, layer, operator, sources)
        if operator.flat:
            self.flat.add(node.name)

    def _reshaped(self, name: str, source: str, shape: Shape, flat: bool) -> str:
        if flat and source not in self.flat:
            return self.node("Flatten", f"{name}.flatten", [source], f"{name}.flat", axis=1)
        if source in self.flat and not flat:
            target = np.array([-1, shape[2], *shape[:2]], np.int64)
            inputs = [source, self.constant(f"{name}.shape", target)]
            return self.node("Reshape", f"{name}.reshape", inputs, f"{name}.pixels")
        return source


def _description(node: Node) -> dict[str, Any]:
    """What ONNX cannot say about a layer, or not in a way that is easily read."""
    layer = node.layer
    known = {
        "name": node.name,
        "kind": layer.kind,
        "inputs": list(node.inputs),
        "in_shape": list(layer.in_shape),
        "in_format": _format(layer.in_format),
        "out_format": _format(layer.out_format),
        "attributes": layer.operator().attributes,
    }
    if isinstance(layer, WeightedLayer):
        known["codebook"] = layer.codebook.name
    if isinstance(layer, LookUp):
        known["table"] = list(layer.table.shape)
    if isinstance(layer, Join):
        known["others"] = [[list(shape), _format(fmt)] for shape, fmt in layer.others]
    return known


def _format(fmt: ActFormat) -> list[int | bool]:
    return [fmt.width, fmt.frac, fmt.signed]
