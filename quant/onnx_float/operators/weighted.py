"""Convolutions and dense layers."""

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.float_network.weighted import FloatConv, FloatDense
from quant.onnx_float.operators._step import Step, operator
from quant.onnx_float.operators._windows import LIMITS, pair, stride_and_padding
from quant.onnx_float.value import NO_PADDING, Padding, Value
from quant.onnx_model.layout import image_axes, sizes
from quant.onnx_model.verdict import RefusedError

__all__: list[str] = []

FloatArray = NDArray[np.float64]


@operator(
    "Conv",
    limits=f"two-dimensional, {LIMITS}, dilation included; any padding less than the kernel, any "
    f"groups",
)
def _conv(step: Step) -> Value:
    value = step.value
    weights = step.weights(1, "weights")
    if weights.ndim != 4:
        raise RefusedError(
            f"its weights must be 4-dimensional, not {weights.ndim}", "use 2-d layers"
        )
    weights = weights.transpose(2, 3, 1, 0)
    bias = step.optional(2)
    dilation = pair(step.attributes.get("dilations", [1, 1]), "dilations")
    reach = tuple((k - 1) * d + 1 for k, d in zip(weights.shape[:2], dilation, strict=True))
    stride, padding = stride_and_padding(step, (reach[0], reach[1]))
    return _append_conv(
        step,
        value,
        weights,
        np.zeros(weights.shape[3]) if bias is None else bias,
        stride,
        padding,
        dilation,
        step.attributes.get("group", 1),
    )


def _append_conv(
    step: Step,
    value: Value,
    weights: FloatArray,
    bias: FloatArray,
    stride: tuple[int, int] = (1, 1),
    padding: Padding = NO_PADDING,
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> Value:
    """A convolution on an image; a waiting scale folds in."""
    value.need_image("a convolution")
    c_part, c_out = weights.shape[2:]
    _need_equal("channels", c_part * groups, value.shape[2])
    if groups < 1 or c_out % groups or bias.shape != (c_out,):
        raise RefusedError(
            f"{c_out} output channels and bias of shape {bias.shape} do not fit {groups} groups",
            "export again",
        )
    top, left, bottom, right = (a + b for a, b in zip(padding, value.padding, strict=True))
    padding = (top, left, bottom, right)
    affine = value.pending
    if affine and (not affine.per_channel or (any(padding) and affine.offset.any())):
        # Padded pixels are zero behind the offset: it cannot become part of the weights.
        value = step.builder.settled(replace(value, padding=NO_PADDING))
        affine = None
    if affine:
        scale, offset = (
            np.repeat(
                np.broadcast_to(part, value.shape[2]).reshape(groups, -1).T, c_out // groups, 1
            )
            for part in affine.channels()
        )
        bias = bias + np.einsum("hwio,io->o", weights, offset)
        weights = weights * scale
    return step.builder.append(
        "conv",
        FloatConv,
        [value],
        weights=weights,
        bias=bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )


@operator("Gemm", limits="constant weights; input (batch, features)")
def _gemm(step: Step) -> Value:
    value = step.value
    step.demand("transA", 0, "use a dense layer on (n, features)")
    weights = step.weights(1, "weights")
    if step.attributes.get("transB", 0):
        weights = weights.T
    bias = step.optional(2)
    weights = weights * step.attributes.get("alpha", 1.0)
    zeros = np.zeros(weights.shape[1])
    bias = zeros if bias is None else bias.reshape(-1) * step.attributes.get("beta", 1.0) + zeros
    if len(value.axes) != 1:
        raise RefusedError(
            "a dense layer needs an input of shape (n, features)", "put a Flatten before it"
        )
    return _append_dense(step, value, weights, bias)


@operator("MatMul", limits="activation times constant matrix; on images (…, channels), as 1x1 conv")
def _matmul(step: Step) -> Value:
    value = step.value
    weights = step.weights(1, "second factor")
    if weights.ndim != 2:
        raise RefusedError(
            f"its weights must be 2-dimensional, not {weights.ndim}-dimensional",
            "use a dense layer on (n, features)",
        )
    bias = np.zeros(weights.shape[1])
    if not any(value.axes[:-1]):
        return _append_dense(step, value, weights, bias)
    if value.axes == image_axes(value.shape, "hwc"):
        image = value.with_axes(image_axes(value.shape))
        made = _append_conv(step, image, weights[None, None], bias)
        return made.with_axes(image_axes(made.shape, "hwc"))
    raise RefusedError(
        "a dense layer needs an input of shape (n, features)", "put a Flatten before it"
    )


def _append_dense(step: Step, value: Value, weights: FloatArray, bias: FloatArray) -> Value:
    """A dense layer on the last axis; weights of shape (features, c_out) in that axis' order."""
    value.need_unpadded()
    _need_equal("features", len(weights), prod(value.shape))
    order = value.axes[-1]
    parts = weights.reshape(*(sizes(value.shape)[letter] for letter in order), -1)
    turned = parts.transpose(*(order.index(x) for x in "hwc" if x in order), len(order))
    weights = turned.reshape(len(weights), -1)
    if value.pending:
        scale, offset = (
            np.broadcast_to(part, value.shape).reshape(-1)
            for part in (value.pending.scale, value.pending.offset)
        )
        bias = bias + offset @ weights
        weights = weights * scale[:, None]
    made = step.builder.append("dense", FloatDense, [value], weights=weights, bias=bias)
    return made.with_axes((*value.axes[:-1], "c" if made.shape[2] > 1 else ""))


def _need_equal(what: str, taken: int, given: int) -> None:
    if taken != given:
        raise RefusedError(
            f"its weights take {taken} {what}, but its input has {given}", "export again"
        )
