"""Each layer's operator as ONNX nodes that a runtime executes exactly, one function for each.

A convolution, a dense layer and a max pool are ``DequantizeLinear -> operator ->
QuantizeLinear`` with power-of-two scales. Runtimes fuse that form into integer kernels, which for
sums, means and joins round in single precision, or twice. Those layers are therefore written as
arithmetic on integers in double precision, with a Round and a Clip; nothing fuses it. A quotient of
integers below 2**53 that is no tie is never rounded to one, so ``Round(sum / count)`` is half to
even exactly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from quant.layers import Layer, Operator
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.concat import Concat
from quant.onnx_stored.pieces import (
    Writer,
    cast,
    container,
    dequantized,
    quantized,
    rounded,
    scaled,
    stored,
)
from quant.onnx_stored.weighted_forms import weighted

__all__ = ["FORMS"]


def _pooled(
    writer: Writer, name: str, layer: Layer, operator: Operator, sources: list[str]
) -> None:
    inputs = [dequantized(writer, name, layer, sources[0])]
    real = writer.node(operator.op, name, inputs, f"{name}.real", **operator.attributes)
    quantized(writer, name, layer.out_format, real)


def _added(writer: Writer, name: str, layer: Add, _: Operator, sources: list[str]) -> None:
    aligned = []
    for n, (source, (_shape, fmt)) in enumerate(zip(sources, layer.inputs, strict=True)):
        double = cast(writer, f"{name}.{n}.double", source, TensorProto.DOUBLE)
        aligned.append(scaled(writer, f"{name}.{n}.aligned", double, fmt.frac - layer.frac))
    total = writer.node("Sum", name, aligned, f"{name}.sum")
    small = scaled(writer, f"{name}.scaled", total, layer.shift)
    whole = rounded(writer, f"{name}.rounded", small, layer.out_format)
    stored(writer, name, layer.out_format, whole)


def _concatenated(
    writer: Writer, name: str, layer: Concat, operator: Operator, sources: list[str]
) -> None:
    parts = []
    for n, (source, shift) in enumerate(zip(sources, layer.shifts, strict=True)):
        double = cast(writer, f"{name}.{n}.double", source, TensorProto.DOUBLE)
        small = scaled(writer, f"{name}.{n}.scaled", double, shift)
        parts.append(rounded(writer, f"{name}.{n}.rounded", small, layer.out_format))
    joined = writer.node("Concat", name, parts, f"{name}.joined", **operator.attributes)
    stored(writer, name, layer.out_format, joined)


def _divided(writer: Writer, name: str, layer: Layer, total: str, counts: NDArray[Any]) -> None:
    divisor = writer.constant(f"{name}.count", counts.astype(np.float64))
    mean = writer.node("Div", f"{name}.divide", [total, divisor], f"{name}.mean")
    whole = writer.node("Round", f"{name}.round", [mean], f"{name}.whole")
    stored(writer, name, layer.out_format, whole)


def _averaged(
    writer: Writer, name: str, layer: AveragePool, operator: Operator, sources: list[str]
) -> None:
    """The sum of each window is a convolution with ones, exact in single precision."""
    channels = layer.in_shape[2]
    single = cast(writer, f"{name}.single", sources[0], TensorProto.FLOAT)
    ones = writer.constant(f"{name}.ones", np.ones((channels, 1, *layer.kernel), np.float32))
    attributes = {key: operator.attributes[key] for key in ("kernel_shape", "pads", "strides")}
    total = writer.node("Conv", name, [single, ones], f"{name}.sum", group=channels, **attributes)
    double = cast(writer, f"{name}.double", total, TensorProto.DOUBLE)
    _divided(writer, name, layer, double, layer.counts)


def _averaged_globally(
    writer: Writer, name: str, layer: Layer, _: Operator, sources: list[str]
) -> None:
    double = cast(writer, f"{name}.double", sources[0], TensorProto.DOUBLE)
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
    single = cast(writer, f"{name}.single", sources[0], TensorProto.FLOAT)
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
    stored(writer, name, layer.out_format, larger)


def _looked_up(
    writer: Writer, name: str, layer: Layer, operator: Operator, sources: list[str]
) -> None:
    """Gather counts a negative index from the end, which is where its bit pattern lies."""
    entries = operator.demand_weights()
    index = cast(writer, f"{name}.index", sources[0], TensorProto.INT64)
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
    "Conv": weighted,
    "Gather": _looked_up,
    "Gemm": weighted,
    "GlobalAveragePool": _averaged_globally,
    "MaxPool": _pooled,
    "Resize": _resized,
    "Slice": _sliced,
}
