"""Pools, means over the image, and enlarging."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quant.float_network.pools import (
    FloatAveragePool,
    FloatGlobalAveragePool,
    FloatMaxPool,
    FloatUpsample,
)
from quant.geometry import MAX_KERNEL
from quant.onnx_float.operators._step import Step, operator
from quant.onnx_float.operators._windows import LIMITS, pair, stride_and_padding
from quant.onnx_float.value import NO_PADDING, Value
from quant.onnx_model.verdict import RefusedError

__all__: list[str] = []


@operator("MaxPool", limits=f"{LIMITS}, no dilation, no indices")
def _max_pool(step: Step) -> Value:
    value = step.value
    value.need_image("a max pool")
    if len(step.node.output) > 1 and step.node.output[1]:
        raise RefusedError("indices of the maxima are not supported", "use the maxima alone")
    step.demand("dilations", [1, 1], "use dilation 1")
    kernel = pair(step.attributes["kernel_shape"], "kernel_shape")
    ceil_mode = bool(step.attributes.get("ceil_mode", 0))
    stride, padding = stride_and_padding(step, kernel, ceil_mode=ceil_mode)
    if any(value.padding):
        if not step.builder.is_nonnegative(value):
            raise RefusedError(
                "a Pad with zeros before a max pool must follow a ReLU",
                "use the padding of the max pool",
            )
        top, left, bottom, right = (a + b for a, b in zip(padding, value.padding, strict=True))
        padding = (top, left, bottom, right)
    if value.pending and (not value.pending.per_channel or (value.pending.scale < 0).any()):
        value = step.builder.settled(value)
    made = step.builder.append(
        "pool",
        FloatMaxPool,
        [replace(value, pending=None, padding=NO_PADDING)],
        kernel=kernel,
        stride=stride,
        padding=padding,
    )
    return replace(made, pending=value.pending)


@operator("GlobalMaxPool", limits=f"images up to {MAX_KERNEL}x{MAX_KERNEL}")
def _global_max_pool(step: Step) -> Value:
    value = step.value
    value.need_image("a global max pool")
    value = step.builder.settled(value)
    return step.builder.append("pool", FloatMaxPool, [value], kernel=value.shape[:2])


@operator("AveragePool", limits=f"{LIMITS}, no dilation")
def _average_pool(step: Step) -> Value:
    value = step.value
    value.need_image("an average pool")
    step.demand("dilations", [1, 1], "use dilation 1")
    kernel = pair(step.attributes["kernel_shape"], "kernel_shape")
    counts = bool(step.attributes.get("count_include_pad", 0))
    stride, plain = stride_and_padding(step, kernel)
    padding = plain
    if step.attributes.get("ceil_mode", 0):
        _, padding = stride_and_padding(step, kernel, ceil_mode=True)
    rounded_up = padding != plain
    outer = any(value.padding)
    if outer and (any(plain) and not counts):
        raise RefusedError(
            "a Pad with zeros before it counts, but its own padding does not", "remove the Pad"
        )
    counts = (counts and any(plain)) or outer
    if counts and rounded_up:
        raise RefusedError(
            "ceil_mode together with padding that counts is not supported",
            "use count_include_pad 0, or no ceil_mode",
        )
    top, left, bottom, right = (a + b for a, b in zip(padding, value.padding, strict=True))
    value = replace(value, padding=NO_PADDING)
    waiting = value.pending
    if waiting and (not waiting.per_channel or (counts and waiting.offset.any())):
        value = step.builder.settled(value)
    made = step.builder.append(
        "average",
        FloatAveragePool,
        [replace(value, pending=None)],
        kernel=kernel,
        stride=stride,
        padding=(top, left, bottom, right),
        count_include_pad=counts,
    )
    return replace(made, pending=value.pending)


@operator("GlobalAveragePool", limits="two-dimensional")
def _global_average(step: Step) -> Value:
    step.value.need_image("a global average pool")
    return _mean(step, step.value)


@operator("ReduceMean", limits="over height and width, both")
def _reduce_mean(step: Step) -> Value:
    value = step.value
    found = step.integers(1, "axes")
    if not found:
        raise RefusedError("its axes must be given", "reduce over height and width")
    axes = {step.axis(value, axis) for axis in found}
    letters = "".join(value.axes[axis] for axis in sorted(axes))
    wanted = "".join(x for x in value.axes if "c" not in x)
    if sorted(letters) != sorted(wanted):
        raise RefusedError("it must reduce over height and width, both", "use a global average")
    made = _mean(step, value)
    keeps = step.attributes.get("keepdims", 1)
    left = ["" if n in axes else x for n, x in enumerate(value.axes) if keeps or n not in axes]
    return made.with_axes(tuple(left))


def _mean(step: Step, value: Value) -> Value:
    value.need_unpadded()
    if value.pending and not value.pending.per_channel:
        value = step.builder.settled(value)
    if value.shape[:2] == (1, 1):
        return value
    made = step.builder.append("average", FloatGlobalAveragePool, [replace(value, pending=None)])
    return replace(made, pending=value.pending)


@operator("Resize", limits="nearest, height and width by the same integer from 2 to 4")
def _resize(step: Step) -> Value:
    value = step.value
    value.need_image("a Resize")
    value.need_unpadded()
    before, after = step.in_dims[0], step.out_dims[0]
    if before is None or after is None or len(after) != 4 or 0 in after[1:]:
        raise RefusedError("its output shape is not known", "use constant scales")
    if step.text("mode", "nearest") != "nearest":
        raise RefusedError(
            f"mode must be nearest, not {step.text('mode', 'nearest')}", "use nearest"
        )
    factor = after[2] // before[2]
    if factor == 1 and after == before:
        return value
    if after[1:] != (before[1], before[2] * factor, before[3] * factor) or not 2 <= factor <= 4:
        raise RefusedError(
            f"it may only enlarge height and width by the same integer from 2 to 4, "
            f"not {before[1:]} to {after[1:]}",
            "resize by 2",
        )
    if any(not _repeats(step, size, factor) for size in before[2:]):
        raise RefusedError(
            "its rounding does not repeat every pixel equally often",
            "use coordinate_transformation_mode asymmetric and nearest_mode floor",
        )
    if value.pending and not value.pending.per_channel:
        value = step.builder.settled(value)
    made = step.builder.append(
        "upsample", FloatUpsample, [replace(value, pending=None)], factor=factor
    )
    return replace(made, pending=value.pending)


def _repeats(step: Step, size: int, factor: int) -> bool:
    """Whether the pixels taken along an axis are 0, 0, ..., 1, 1, ... ."""
    mode = step.text("coordinate_transformation_mode", "half_pixel")
    at = np.arange(size * factor)
    if mode == "asymmetric":
        wanted = at / factor
    elif mode in ("half_pixel", "half_pixel_symmetric") or (
        mode == "pytorch_half_pixel" and size * factor > 1
    ):
        wanted = (at + 0.5) / factor - 0.5
    elif mode == "tf_half_pixel_for_nn":
        wanted = (at + 0.5) / factor
    else:
        return False
    rounding = _ROUNDINGS[step.text("nearest_mode", "round_prefer_floor")]
    return bool((np.clip(rounding(wanted), 0, size - 1) == at // factor).all())


_ROUNDINGS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "ceil": np.ceil,
    "floor": np.floor,
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
}
