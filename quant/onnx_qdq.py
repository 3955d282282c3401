"""A quantized network as ordinary ONNX that any runtime executes.

The file is in QDQ form. Its input is the integer activation of shape (n, channels, height, width);
every layer is ``DequantizeLinear -> Conv | Gemm | MaxPool -> QuantizeLinear`` with power-of-two
scales and no zero point. The weights are the levels themselves; their scale, and that of the
bias, is one power of two for each output channel. A Clip stands behind a layer with weights where
the activation's width is not 8 or 16. What ONNX cannot say (codebook, exact width) is in the
metadata.

A runtime gives the golden integers as long as every sum is exact in single precision: the
accumulator has at most 25 bits, sign included. LeNet-5 with 8-bit activations needs 23. Where a
runtime multiplies unsigned by signed bytes with saturating 16-bit pairs (x86 without VNNI),
levels must not exceed 64 in magnitude besides; those of exponent width 3 do not.
"""

import json
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from quant.fixed_point import ActFormat
from quant.layers import Layer, Operator
from quant.layers._weighted import WeightedLayer
from quant.network import Network, Node
from quant.onnx_file import first_line

__all__ = ["LAYERS_KEY", "METADATA_KEY", "qdq_model"]

OPSET = 21
IR_VERSION = 10
LAYERS_KEY = "shiftconv.layers"
METADATA_KEY = "shiftconv.metadata"
MIN_EXPONENT, MAX_EXPONENT = -126, 127

_CONTAINERS: dict[tuple[int, bool], np.dtype[Any]] = {
    (8, False): np.dtype(np.uint8),
    (8, True): np.dtype(np.int8),
    (16, False): np.dtype(np.uint16),
    (16, True): np.dtype(np.int16),
}


def qdq_model(network: Network) -> onnx.ModelProto:
    """Model of a network in QDQ form, checked; the same network gives the same model.

    Raises
    ------
    ValueError
        If a bias does not fit into 32 bits, a scale not into single precision, or the name of a
        layer is also that of a tensor.
    """
    return _Writer(network).model()


def _container(fmt: ActFormat) -> np.dtype[Any]:
    """Smallest integer type of ONNX that holds a format."""
    return _CONTAINERS[8 if fmt.width <= 8 else 16, fmt.signed]


def _scale(exponents: NDArray[np.int64] | int) -> NDArray[np.float32]:
    exponents = np.asarray(exponents)
    if exponents.min() < MIN_EXPONENT or exponents.max() > MAX_EXPONENT:
        raise ValueError(
            f"A scale must be from 2**{MIN_EXPONENT} to 2**{MAX_EXPONENT}, "
            f"but exponents reach from {exponents.min()} to {exponents.max()}"
        )
    return np.ldexp(np.float32(1), exponents).astype(np.float32)


def _weight_exponents(layer: WeightedLayer) -> NDArray[np.int64]:
    """Exponents of the real weights' scales, shape (c_out,)."""
    return layer.in_format.frac - layer.out_format.frac - layer.shift


class _Writer:
    """Builds the model of one network, node by node."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self.flat = False

    def model(self) -> onnx.ModelProto:
        """The model, checked."""
        name = "input"
        for node in self.network.nodes:
            name = self._layer(node.name, node.layer, name)
        graph = helper.make_graph(
            self.nodes,
            self.network.name,
            [self._info("input", self.network.nodes[0].layer.in_format, self.network.in_shape)],
            [self._info(name, self.network.out_format, self.network.out_shape, flat=self.flat)],
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

    @staticmethod
    def _info(
        name: str, fmt: ActFormat, shape: tuple[int, int, int], flat: bool = False
    ) -> onnx.ValueInfoProto:
        height, width, channels = shape
        dims: list[str | int | None] = (
            ["batch", channels] if flat else ["batch", channels, height, width]
        )
        kind = helper.np_dtype_to_tensor_dtype(_container(fmt))
        return helper.make_tensor_value_info(name, kind, dims)

    def _layer(self, name: str, layer: Layer, source: str) -> str:
        operator = layer.operator()
        source = self._reshaped(name, source, layer, operator)
        inputs = [self._dequantized(f"{name}.input", source, layer.in_format)]
        if isinstance(layer, WeightedLayer):
            inputs += self._weights(name, layer, operator)
        result = self._node(operator.op, name, inputs, f"{name}.real", **operator.attributes)
        fmt = layer.out_format
        if isinstance(layer, WeightedLayer) and fmt.width not in (8, 16):
            bounds = [
                self._constant(f"{name}.{end}", np.float32(fmt.dequantize(np.array(value))))
                for end, value in (("lo", fmt.lo), ("hi", fmt.hi))
            ]
            result = self._node("Clip", f"{name}.clip", [result, *bounds], f"{name}.clipped")
        return self._node(
            "QuantizeLinear",
            f"{name}.quantize",
            [result, *self._format(f"{name}.output", fmt)],
            name,
        )

    def _reshaped(self, name: str, source: str, layer: Layer, operator: Operator) -> str:
        if operator.flat and not self.flat:
            source = self._node("Flatten", f"{name}.flatten", [source], f"{name}.flat", axis=1)
        elif self.flat and not operator.flat:
            shape = np.array([-1, layer.in_shape[2], *layer.in_shape[:2]], np.int64)
            target = self._constant(f"{name}.shape", shape)
            source = self._node("Reshape", f"{name}.reshape", [source, target], f"{name}.pixels")
        self.flat = operator.flat
        return source

    def _weights(self, name: str, layer: WeightedLayer, operator: Operator) -> list[str]:
        if layer.bias.size and np.abs(layer.bias).max() >= 2**31:
            raise ValueError(
                f"{name}: a bias must fit into 32 bits, but reaches {np.abs(layer.bias).max()}"
            )
        wide = layer.codebook.levels.max() > np.iinfo(np.int8).max
        parts = {
            "weight": (
                operator.demand_weights().astype(np.int16 if wide else np.int8),
                _weight_exponents(layer),
            ),
            "bias": (
                layer.bias.astype(np.int32),
                _weight_exponents(layer) - layer.in_format.frac,
            ),
        }
        return [
            self._node(
                "DequantizeLinear",
                f"{name}.{part}.dequantize",
                [
                    self._constant(f"{name}.{part}", integers),
                    self._constant(f"{name}.{part}.scale", _scale(exponents)),
                ],
                f"{name}.{part}.real",
                axis=0,
            )
            for part, (integers, exponents) in parts.items()
        ]

    def _dequantized(self, name: str, source: str, fmt: ActFormat) -> str:
        inputs = [source, *self._format(name, fmt)]
        return self._node("DequantizeLinear", f"{name}.dequantize", inputs, f"{name}.real")

    def _format(self, name: str, fmt: ActFormat) -> list[str]:
        """Scale and zero point."""
        return [
            self._constant(f"{name}.scale", _scale(-fmt.frac)),
            self._constant(f"{name}.zero", np.zeros((), _container(fmt))),
        ]

    def _constant(self, name: str, value: Any) -> str:
        self.constants[name] = np.ascontiguousarray(value).reshape(np.shape(value))
        return name

    def _node(self, op: str, name: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name, **attributes))
        return output


def _description(node: Node) -> dict[str, Any]:
    """What ONNX cannot say about a layer."""
    layer = node.layer
    formats = {
        key: [fmt.width, fmt.frac, fmt.signed]
        for key, fmt in (("in_format", layer.in_format), ("out_format", layer.out_format))
    }
    known = {"name": node.name, "kind": layer.kind, "in_shape": list(layer.in_shape), **formats}
    if isinstance(layer, WeightedLayer):
        known["codebook"] = layer.codebook.name
    return known
