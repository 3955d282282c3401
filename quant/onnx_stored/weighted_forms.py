"""Convolutions and dense layers as ONNX that a runtime executes exactly.

Where every sum stays within 2**24, in any order, single precision is exact and the layer is in QDQ
form. Elsewhere the activation is split into parts of so few bits that the sums of each part do, and
the parts are put together in double precision. Only where the weights of a channel alone, without
activations, exceed 2**23 there is no such form, and the layer is in QDQ form all the same.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from quant.layers import Operator
from quant.layers._weighted import WeightedLayer
from quant.onnx_stored.pieces import (
    Writer,
    cast,
    dequantized,
    quantized,
    rounded,
    scale_of,
    scaled,
    stored,
)

__all__ = ["weighted"]

EXACT_WIDTH = 24


def weighted(writer: Writer, name: str, layer: Any, operator: Operator, sources: list[str]) -> None:
    """A layer with weights."""
    taps = np.abs(layer.levels.reshape(-1, layer.levels.shape[-1]))
    reach = int(taps.sum(axis=0).max())
    largest = reach * layer.in_format.max_abs + int(np.abs(layer.bias).max())
    width = EXACT_WIDTH - max(reach - 1, 0).bit_length()
    if largest <= 2**EXACT_WIDTH or width < 1:
        _at_once(writer, name, layer, operator, sources)
    else:
        _in_parts(writer, name, layer, operator, sources[0], width)


def _at_once(writer: Writer, name: str, layer: Any, operator: Operator, sources: list[str]) -> None:
    inputs = [
        dequantized(writer, name, layer, sources[0]),
        *_weights(writer, name, layer, operator),
    ]
    real = writer.node(operator.op, name, inputs, f"{name}.real", **operator.attributes)
    fmt = layer.out_format
    if fmt.width not in (8, 16):
        bounds = [
            writer.constant(f"{name}.{end}", np.float32(fmt.dequantize(np.array(value))))
            for end, value in (("lo", fmt.lo), ("hi", fmt.hi))
        ]
        real = writer.node("Clip", f"{name}.clip", [real, *bounds], f"{name}.clipped")
    quantized(writer, name, fmt, real)


def _weights(writer: Writer, name: str, layer: WeightedLayer, operator: Operator) -> list[str]:
    """Dequantized weights and bias."""
    arrays = _arrays(name, layer, operator)
    arrays["bias.scale"] = scale_of(_exponents(layer) - layer.in_format.frac)
    constants = {key: writer.constant(f"{name}.{key}", array) for key, array in arrays.items()}
    return [
        writer.node(
            "DequantizeLinear",
            f"{name}.{part}.dequantize",
            [constants[part], constants[f"{part}.scale"]],
            f"{name}.{part}.real",
            axis=0,
        )
        for part in ("weight", "bias")
    ]


def _exponents(layer: WeightedLayer) -> NDArray[np.int64]:
    """Exponents of the real weights' scales, shape (c_out,)."""
    return layer.in_format.frac - layer.out_format.frac - layer.shift


def _arrays(name: str, layer: WeightedLayer, operator: Operator) -> dict[str, NDArray[Any]]:
    """Weights, their scale, bias: the constants that a reader takes the layer from."""
    if layer.bias.size and np.abs(layer.bias).max() >= 2**31:
        raise ValueError(
            f"{name}: a bias must fit into 32 bits, but reaches {np.abs(layer.bias).max()}"
        )
    wide = not np.isin(layer.codebook.levels, np.arange(-128, 128)).all()
    return {
        "weight": operator.demand_weights().astype(np.int16 if wide else np.int8),
        "weight.scale": scale_of(_exponents(layer)),
        "bias": layer.bias.astype(np.int32),
    }


def _in_parts(
    writer: Writer, name: str, layer: Any, operator: Operator, source: str, width: int
) -> None:
    arrays = _arrays(name, layer, operator)
    constants = {key: writer.constant(f"{name}.{key}", array) for key, array in arrays.items()}
    weights = cast(writer, f"{name}.weight.real", constants["weight"], TensorProto.FLOAT)
    rest = cast(writer, f"{name}.rest", source, TensorProto.INT64)
    size = writer.constant(f"{name}.size", np.array(2**width))
    sums = []
    n_parts = -(-layer.in_format.width // width)
    for n in range(n_parts):
        part = f"{name}.part{n}"
        bits = rest
        if n < n_parts - 1:
            bits = writer.node("Mod", f"{part}.mod", [rest, size], f"{part}.bits")
            above = writer.node("Sub", f"{part}.sub", [rest, bits], f"{part}.above")
            rest = writer.node("Div", f"{part}.div", [above, size], f"{part}.rest")
        real = cast(writer, f"{part}.real", bits, TensorProto.FLOAT)
        label = name if n == 0 else part
        total = writer.node(
            operator.op, label, [real, weights], f"{part}.sum", **operator.attributes
        )
        double = cast(writer, f"{part}.double", total, TensorProto.DOUBLE)
        sums.append(scaled(writer, f"{part}.scaled", double, -n * width))
    bias, unit = (
        _per_channel(writer, f"{name}.{key}", operator) for key in ("bias", "weight.scale")
    )
    acc = writer.node("Sum", f"{name}.add", [*sums, bias], f"{name}.acc")
    real = writer.node("Mul", f"{name}.unit", [acc, unit], f"{name}.times")
    fmt = layer.out_format
    steps = scaled(writer, f"{name}.steps", real, layer.in_format.frac - fmt.frac)
    stored(writer, name, fmt, rounded(writer, f"{name}.rounded", steps, fmt))


def _per_channel(writer: Writer, name: str, operator: Operator) -> str:
    """A constant of one value for each output channel, to broadcast against the sums."""
    double = cast(writer, f"{name}.double", name, TensorProto.DOUBLE)
    if operator.flat:
        return double
    axes = writer.constant(f"{name}.axes", np.array([1, 2]))
    return writer.node("Unsqueeze", f"{name}.spread", [double, axes], f"{name}.all")
