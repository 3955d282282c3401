"""Convolutions and dense layers of an integer model."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers._convolution import convolution, leaves_gaps
from quant.layers.dense import Dense
from quant.onnx_integer.graph import Given, Quantized, Sums, format_of
from quant.onnx_integer.step import (
    IntegerStep,
    Tensor,
    as_quantized,
    need_format,
    started,
    with_input,
)
from quant.onnx_model.layout import image_axes, sizes
from quant.onnx_model.verdict import RefusedError

__all__ = ["WEIGHTED"]

IntArray = NDArray[np.int64]


def _levels(
    levels: IntArray,
    exponents: IntArray,
    bias: NDArray[np.float64],
    given: Given,
    *,
    with_zero: bool = False,
) -> tuple[IntArray, Callable[[ActFormat], dict[str, Any]]]:
    """Parameters of a layer whose weights are ``levels * 2**exponents``, output channels last."""
    in_format = given.demand_format()
    taps = levels.reshape(-1, levels.shape[-1])
    units = np.ldexp(bias, in_format.frac - exponents)
    if (units != np.rint(units)).any() or np.abs(units).max(initial=0) >= 2**31:
        raise RefusedError(
            "its bias must be a multiple of the scale of its sums", "quantize the bias to 32 bits"
        )
    whole = units.astype(np.int64)
    # A factor that all weights and the bias of a channel share is part of the scale.
    every = np.concatenate([taps, whole[None]])
    lowest = np.bitwise_or.reduce(np.abs(every), axis=0)
    spare = np.where(lowest > 0, np.frexp((lowest & -lowest).astype(np.float64))[1] - 1, 0)
    taps, whole = taps >> spare, whole >> spare
    for width in range(int(with_zero), MAX_EXPONENT_WIDTH + 1):
        codebook = PowerOfTwo(width)
        if np.isin(taps, codebook.levels).all():
            break
    else:
        wrong = taps[~np.isin(taps, PowerOfTwo(MAX_EXPONENT_WIDTH).levels)]
        raise RefusedError(
            f"its weight {wrong[0]} is no power of two", "quantize the float model with shiftconv"
        )

    def parameters(fmt: ActFormat) -> dict[str, Any]:
        return {
            **given.taken,
            "codebook": codebook,
            "bias": whole,
            "shift": in_format.frac - fmt.frac - exponents - spare,
            "out_format": fmt,
        }

    return taps.reshape(levels.shape), parameters


def _conv_sums(step: IntegerStep, weights: Quantized, bias: NDArray[np.float64] | None) -> Sums:
    given = step.given()
    if given.axes != image_axes(given.shape) or weights.integers.ndim != 4:
        raise RefusedError("it must be two-dimensional, channels first", "use 2-d layers")
    c_out, c_part, *kernel = weights.integers.shape
    groups, dilation = step.attributes.get("group", 1), step.pair("dilations")
    if groups < 1 or c_part * groups != given.shape[2] or c_out % groups:
        raise RefusedError(
            f"group must divide the channels, not be {groups} for {given.shape[2]} of the input "
            f"and {c_out} of the output",
            "export again",
        )
    levels = weights.integers.transpose(2, 3, 1, 0)
    levels, parameters = _levels(
        levels,
        weights.along(0),
        np.zeros(c_out) if bias is None else bias,
        given,
        with_zero=leaves_gaps(levels.shape, given.shape[2], dilation),
    )
    reach = (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1
    where: dict[str, Any] = {"stride": step.pair("strides"), "padding": step.padding(reach)}
    return Sums(
        lambda fmt: convolution(
            levels, groups=groups, dilation=dilation, **where, **parameters(fmt)
        ),
        "conv",
        (given.source,),
    )


def _dense_sums(step: IntegerStep, weights: Quantized, bias: NDArray[np.float64] | None) -> Sums:
    """Weights of shape (features, c_out)."""
    given = step.given()
    features, c_out = weights.integers.shape
    if len(given.axes) != 1 or features != prod(given.shape):
        raise RefusedError(
            f"it needs an input of shape (batch, {features})", "put a Flatten before it"
        )
    order = given.axes[0]
    parts = weights.integers.reshape(*(sizes(given.shape)[x] for x in order), c_out)
    turned = parts.transpose(*(order.index(x) for x in "hwc" if x in order), len(order))
    levels, parameters = _levels(
        turned.reshape(features, c_out),
        weights.along(1),
        np.zeros(c_out) if bias is None else np.broadcast_to(bias, c_out),
        given,
    )
    axes = ("c" if c_out > 1 else "",)
    return Sums(lambda fmt: Dense(levels=levels, **parameters(fmt)), "dense", (given.source,), axes)


def _real(quantized: Quantized) -> NDArray[np.float64]:
    return np.ldexp(quantized.integers.astype(np.float64), quantized.exponents)


def _bias(step: IntegerStep, index: int) -> NDArray[np.float64] | None:
    if index >= len(step.inputs) or step.inputs[index] is None:
        return None
    return _real(step.quantized(index)).reshape(-1)


def _conv(step: IntegerStep) -> Tensor:
    return _conv_sums(step, step.quantized(1), _bias(step, 2))


def _gemm(step: IntegerStep) -> Tensor:
    found = {key: step.attributes.get(key, 1.0) for key in ("alpha", "beta")}
    if found != {"alpha": 1, "beta": 1} or step.attributes.get("transA", 0):
        raise RefusedError("alpha and beta must be 1 and transA 0", "fold them into the weights")
    weights = step.quantized(1)
    if step.attributes.get("transB", 0):
        weights = _transposed(weights)
    return _dense_sums(step, weights, _bias(step, 2))


def _transposed(weights: Quantized) -> Quantized:
    return Quantized(weights.integers.T, weights.exponents, 1 - weights.axis % 2)


def _matmul(step: IntegerStep) -> Tensor:
    return _dense_sums(step, step.quantized(1), None)


def _qlinear_weights(step: IntegerStep, at: int, axis: int) -> Quantized:
    """Integers, scale and zero point from input ``at`` on; the activation's checked before."""
    need_format(started(step, 0), format_of(step.array(1), step.array(2)))
    return as_quantized(step.array(at), step.array(at + 1), step.array(at + 2), axis)


def _qlinear_conv(step: IntegerStep) -> Tensor:
    bound = with_input(step, started(step, 0))
    weights = _qlinear_weights(bound, 3, 0)
    bias = None
    if len(step.inputs) > 8 and step.inputs[8] is not None:
        unit = weights.along(0) - bound.given().demand_format().frac
        bias = np.ldexp(step.array(8).astype(np.float64), unit)
    sums = _conv_sums(bound, weights, bias)
    return step.graph.append(sums, format_of(step.array(6), step.array(7)))


def _qlinear_matmul(step: IntegerStep) -> Tensor:
    bound = with_input(step, started(step, 0))
    sums = _dense_sums(bound, _qlinear_weights(bound, 3, 1), None)
    return step.graph.append(sums, format_of(step.array(6), step.array(7)))


def _qgemm(step: IntegerStep) -> Tensor:
    bound = with_input(step, started(step, 0))
    transposed = bool(step.attributes.get("transB", 0))
    weights = _qlinear_weights(bound, 3, 0 if transposed else 1)
    if transposed:
        weights = _transposed(weights)
    bias = None
    if step.inputs[6] is not None:
        unit = weights.along(1) - bound.given().demand_format().frac
        bias = np.ldexp(step.array(6).astype(np.float64), unit)
    sums = _dense_sums(bound, weights, bias)
    return step.graph.append(sums, format_of(step.array(7), step.array(8)))


WEIGHTED: dict[str, Callable[[IntegerStep], Tensor]] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "QGemm": _qgemm,
    "QLinearConv": _qlinear_conv,
    "QLinearMatMul": _qlinear_matmul,
}
