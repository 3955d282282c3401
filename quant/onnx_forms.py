"""Each layer's operator as ONNX nodes that a runtime executes exactly, one function for each.

A convolution, a dense layer and a max pool are ``DequantizeLinear -> operator ->
QuantizeLinear`` with power-of-two scales. Runtimes fuse that form into integer kernels, which for
sums, means and joins round in single precision, or twice. Those layers are therefore written as
arithmetic on integers in double precision, with a Round and a Clip; nothing fuses it. A quotient of
integers below 2**53 that is no tie is never rounded to one, so ``Round(sum / count)`` is half to
even exactly.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from quant.fixed_point import ActFormat
from quant.layers import Layer, Operator
from quant.layers._weighted import WeightedLayer
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.concat import Concat

__all__ = ["FORMS", "Writer", "container"]

MIN_EXPONENT, MAX_EXPONENT = -126, 127

_CONTAINERS: dict[tuple[int, bool], np.dtype[Any]] = {
    (8, False): np.dtype(np.uint8),
    (8, True): np.dtype(np.int8),
    (16, False): np.dtype(np.uint16),
    (16, True): np.dtype(np.int16),
}


class Writer(Protocol):
    """Takes nodes and constants."""

    def node(self, op: str, name: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node; returns its output."""

    def constant(self, name: str, value: Any) -> str:
        """Add a constant tensor; returns its name."""


def container(fmt: ActFormat) -> np.dtype[Any]:
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


def _quantization(writer: Writer, name: str, fmt: ActFormat) -> list[str]:
    """Scale and zero point."""
    return [
        writer.constant(f"{name}.scale", _scale(-fmt.frac)),
        writer.constant(f"{name}.zero", np.zeros((), container(fmt))),
    ]


def _dequantized(writer: Writer, name: str, layer: Layer, source: str) -> str:
    inputs = [source, *_quantization(writer, f"{name}.input", layer.in_format)]
    return writer.node("DequantizeLinear", f"{name}.input.dequantize", inputs, f"{name}.input.real")


def _quantized(writer: Writer, name: str, fmt: ActFormat, source: str) -> None:
    inputs = [source, *_quantization(writer, f"{name}.output", fmt)]
    writer.node("QuantizeLinear", f"{name}.quantize", inputs, name)


def _pooled(
    writer: Writer, name: str, layer: Layer, operator: Operator, sources: list[str]
) -> None:
    inputs = [_dequantized(writer, name, layer, sources[0])]
    real = writer.node(operator.op, name, inputs, f"{name}.real", **operator.attributes)
    _quantized(writer, name, layer.out_format, real)


def _weighted(
    writer: Writer, name: str, layer: Any, operator: Operator, sources: list[str]
) -> None:
    inputs = [
        _dequantized(writer, name, layer, sources[0]),
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
    _quantized(writer, name, fmt, real)


def _weights(writer: Writer, name: str, layer: WeightedLayer, operator: Operator) -> list[str]:
    if layer.bias.size and np.abs(layer.bias).max() >= 2**31:
        raise ValueError(
            f"{name}: a bias must fit into 32 bits, but reaches {np.abs(layer.bias).max()}"
        )
    wide = layer.codebook.levels.max() > np.iinfo(np.int8).max
    exponents = layer.in_format.frac - layer.out_format.frac - layer.shift
    levels = operator.demand_weights().astype(np.int16 if wide else np.int8)
    parts = {
        "weight": (levels, exponents),
        "bias": (layer.bias.astype(np.int32), exponents - layer.in_format.frac),
    }
    return [
        writer.node(
            "DequantizeLinear",
            f"{name}.{part}.dequantize",
            [
                writer.constant(f"{name}.{part}", integers),
                writer.constant(f"{name}.{part}.scale", _scale(scales)),
            ],
            f"{name}.{part}.real",
            axis=0,
        )
        for part, (integers, scales) in parts.items()
    ]


def _cast(writer: Writer, name: str, source: str, kind: int) -> str:
    return writer.node("Cast", f"{name}.cast", [source], name, to=kind)


def _stored(writer: Writer, name: str, fmt: ActFormat, source: str) -> None:
    """Whole numbers within a format, as the node's output."""
    kind = helper.np_dtype_to_tensor_dtype(container(fmt))
    writer.node("Cast", f"{name}.store", [source], name, to=kind)


def _scaled(writer: Writer, name: str, source: str, shift: int) -> str:
    """Times ``2**-shift``."""
    factor = writer.constant(f"{name}.factor", np.ldexp(1.0, -shift))
    return writer.node("Mul", f"{name}.scale", [source, factor], name)


def _rounded(writer: Writer, name: str, source: str, fmt: ActFormat) -> str:
    """Rounded half to even, and clamped."""
    whole = writer.node("Round", f"{name}.round", [source], f"{name}.whole")
    bounds = [
        writer.constant(f"{name}.{end}", np.float64(value))
        for end, value in (("lo", fmt.lo), ("hi", fmt.hi))
    ]
    return writer.node("Clip", f"{name}.clip", [whole, *bounds], name)


def _added(writer: Writer, name: str, layer: Add, _: Operator, sources: list[str]) -> None:
    aligned = []
    for n, (source, (_shape, fmt)) in enumerate(zip(sources, layer.inputs, strict=True)):
        double = _cast(writer, f"{name}.{n}.double", source, TensorProto.DOUBLE)
        aligned.append(_scaled(writer, f"{name}.{n}.aligned", double, fmt.frac - layer.frac))
    total = writer.node("Sum", name, aligned, f"{name}.sum")
    scaled = _scaled(writer, f"{name}.scaled", total, layer.shift)
    rounded = _rounded(writer, f"{name}.rounded", scaled, layer.out_format)
    _stored(writer, name, layer.out_format, rounded)


def _concatenated(
    writer: Writer, name: str, layer: Concat, operator: Operator, sources: list[str]
) -> None:
    parts = []
    for n, (source, shift) in enumerate(zip(sources, layer.shifts, strict=True)):
        double = _cast(writer, f"{name}.{n}.double", source, TensorProto.DOUBLE)
        scaled = _scaled(writer, f"{name}.{n}.scaled", double, shift)
        parts.append(_rounded(writer, f"{name}.{n}.rounded", scaled, layer.out_format))
    joined = writer.node("Concat", name, parts, f"{name}.joined", **operator.attributes)
    _stored(writer, name, layer.out_format, joined)


def _divided(writer: Writer, name: str, layer: Layer, total: str, counts: NDArray[Any]) -> None:
    divisor = writer.constant(f"{name}.count", counts.astype(np.float64))
    mean = writer.node("Div", f"{name}.divide", [total, divisor], f"{name}.mean")
    whole = writer.node("Round", f"{name}.round", [mean], f"{name}.whole")
    _stored(writer, name, layer.out_format, whole)


def _averaged(
    writer: Writer, name: str, layer: AveragePool, operator: Operator, sources: list[str]
) -> None:
    """The sum of each window is a convolution with ones, exact in single precision."""
    channels = layer.in_shape[2]
    single = _cast(writer, f"{name}.single", sources[0], TensorProto.FLOAT)
    ones = writer.constant(f"{name}.ones", np.ones((channels, 1, *layer.kernel), np.float32))
    attributes = {key: operator.attributes[key] for key in ("kernel_shape", "pads", "strides")}
    total = writer.node("Conv", name, [single, ones], f"{name}.sum", group=channels, **attributes)
    double = _cast(writer, f"{name}.double", total, TensorProto.DOUBLE)
    _divided(writer, name, layer, double, layer.counts)


def _averaged_globally(
    writer: Writer, name: str, layer: Layer, _: Operator, sources: list[str]
) -> None:
    double = _cast(writer, f"{name}.double", sources[0], TensorProto.DOUBLE)
    axes = writer.constant(f"{name}.axes", np.array([2, 3]))
    total = writer.node("ReduceSum", name, [double, axes], f"{name}.sum", keepdims=1)
    _divided(writer, name, layer, total, np.array(layer.in_shape[0] * layer.in_shape[1]))


def _sliced(writer: Writer, name: str, _: Layer, operator: Operator, sources: list[str]) -> None:
    bounds = [
        writer.constant(f"{name}.{key}", np.array(operator.attributes[key]))
        for key in ("starts", "ends", "axes")
    ]
    writer.node("Slice", name, [sources[0], *bounds], name)


def _resized(
    writer: Writer, name: str, layer: Layer, operator: Operator, sources: list[str]
) -> None:
    single = _cast(writer, f"{name}.single", sources[0], TensorProto.FLOAT)
    scales = writer.constant(f"{name}.scales", np.float32(operator.attributes["scales"]))
    larger = writer.node(
        "Resize",
        name,
        [single, "", scales],
        f"{name}.larger",
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    _stored(writer, name, layer.out_format, larger)


def _looked_up(
    writer: Writer, name: str, layer: Layer, operator: Operator, sources: list[str]
) -> None:
    """Gather counts a negative index from the end, which is where its bit pattern lies."""
    entries = operator.demand_weights()
    index = _cast(writer, f"{name}.index", sources[0], TensorProto.INT64)
    if entries.ndim == 2:
        channels, size = entries.shape
        modulus = writer.constant(f"{name}.size", np.array(size))
        pattern = writer.node("Mod", f"{name}.wrap", [index, modulus], f"{name}.pattern")
        first = writer.constant(f"{name}.first", (np.arange(channels) * size)[:, None, None])
        index = writer.node("Add", f"{name}.offset", [pattern, first], f"{name}.entry")
    table = writer.constant(
        f"{name}.table", entries.reshape(-1).astype(container(layer.out_format))
    )
    writer.node("Gather", name, [table, index], name)


FORMS: dict[str, Callable[[Writer, str, Any, Operator, list[str]], None]] = {
    "Add": _added,
    "AveragePool": _averaged,
    "Concat": _concatenated,
    "Conv": _weighted,
    "Gather": _looked_up,
    "Gemm": _weighted,
    "GlobalAveragePool": _averaged_globally,
    "MaxPool": _pooled,
    "Resize": _resized,
    "Slice": _sliced,
}
