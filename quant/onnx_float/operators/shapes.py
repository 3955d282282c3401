"""What moves, joins and picks values without changing them."""

from dataclasses import replace

import numpy as np
import onnx

from quant.onnx_float.operators._step import Step, operator
from quant.onnx_float.value import NO_PADDING, Value
from quant.onnx_model.layout import regrouped
from quant.onnx_model.verdict import RefusedError

__all__ = ["LEFT_TO_HOST", "RENAMES"]

LEFT_TO_HOST = ("ArgMax", "LogSoftmax", "Softmax")
RENAMES = ("Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")

_FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16)


@operator("Flatten", "Reshape", "Squeeze", "Unsqueeze", limits="no dimension may be cut in parts")
def _rename(step: Step) -> Value:
    value, before, after = step.value, step.in_dims[0], step.out_dims[0]
    value.need_unpadded()
    if before is None or after is None or not after or 0 in after:
        raise RefusedError("its output shape is not known", "use a Flatten")
    axes = None
    if after[0] == before[0]:
        axes = regrouped(value.shape, value.axes, after[1:])
    if axes is None:
        raise RefusedError(
            f"it may merge dimensions of an image or move those of size 1, "
            f"not turn shape {before} into {after}",
            "flatten from dimension 1",
        )
    return value.with_axes(axes)


@operator("Transpose", limits="the batch stays first; convolutions need channels before the pixels")
def _transpose(step: Step) -> Value:
    value = step.value
    rank = len(value.axes) + 1
    order = list(step.attributes.get("perm", range(rank)[::-1]))
    if order[:1] != [0] or sorted(order) != list(range(rank)):
        raise RefusedError(f"perm must keep the batch first, not be {order}", "transpose less")
    return value.with_axes(tuple(value.axes[axis - 1] for axis in order[1:]))


@operator("Identity", limits="any")
def _identity(step: Step) -> Value:
    return step.value


@operator("Dropout", limits="not in training mode")
def _dropout(step: Step) -> Value:
    if step.optional(2):
        raise RefusedError("dropout is in training mode", "call model.eval() before the export")
    return step.value


@operator("Cast", limits="to floating point")
def _cast(step: Step) -> Value:
    if step.attributes.get("to") not in _FLOATS:
        raise RefusedError("it must be to floating point", "remove it")
    return step.value


@operator("Pad", limits="zeros around the image, right before a convolution or a pool")
def _pad(step: Step) -> Value:
    value = step.value
    if step.text("mode", "constant") != "constant" or np.any(step.optional(2)):
        raise RefusedError("it must pad with zeros", "pad with zeros")
    if value.pending and value.pending.offset.any():
        value = step.builder.settled(value)
    pads = step.integers(1, "pads") or []
    rank = len(value.axes) + 1
    axes = step.integers(3, "axes") or list(range(rank))
    if len(pads) != 2 * len(axes):
        raise RefusedError(f"pads must be {2 * len(axes)} numbers, not {len(pads)}", "export again")
    begin, end = dict.fromkeys("hw", 0), dict.fromkeys("hw", 0)
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        if (before, after) == (0, 0):
            continue
        letter = value.axes[step.axis(value, axis)]
        if letter not in begin or min(before, after) < 0:
            raise RefusedError(
                "it may only add zeros to height and width", "use a convolution's padding"
            )
        begin[letter], end[letter] = before, after
    added = begin["h"], begin["w"], end["h"], end["w"]
    top, left, bottom, right = (a + b for a, b in zip(added, value.padding, strict=True))
    return replace(value, padding=(top, left, bottom, right))


@operator("Concat", limits="activations, over channels")
def _concat(step: Step) -> Value:
    if len(step.values) != len(step.inputs):
        raise RefusedError("one of its inputs is a constant", "concatenate activations alone")
    if len(step.values) == 1:
        return step.values[0]
    if len({len(value.axes) for value in step.values}) > 1:
        raise RefusedError("its inputs have different ranks", "export again")
    return step.builder.concat(
        step.values, step.axis(step.values[0], step.attributes.get("axis", 1))
    )


@operator("Split", limits="over channels")
def _split(step: Step) -> list[Value]:
    value = step.value
    value.need_unpadded()
    axis = step.axis(value, step.attributes.get("axis", 0))
    _need_channels(value, axis)
    start, parts = 0, []
    for dims in step.out_dims:
        if dims is None:
            raise RefusedError("the sizes of its parts are not known", "use constant sizes")
        parts.append(step.builder.channels(value, start, start + dims[axis + 1]))
        start += dims[axis + 1]
    return parts


@operator("Slice", limits="over channels, step 1")
def _slice(step: Step) -> Value:
    value, before = step.value, step.in_dims[0]
    value.need_unpadded()
    starts, ends = step.integers(1, "starts") or [], step.integers(2, "ends") or []
    axes = step.integers(3, "axes") or list(range(len(starts)))
    steps = step.integers(4, "steps") or [1] * len(starts)
    if before is None or not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise RefusedError("its starts, ends, axes and steps do not fit together", "export again")
    for axis, *bounds in zip(axes, starts, ends, steps, strict=True):
        taken = range(before[axis])[slice(*bounds)]
        if taken == range(before[axis]):
            continue
        at = step.axis(value, axis)
        _need_channels(value, at)
        if taken.step != 1 or not taken:
            raise RefusedError("its step must be 1 and something must be left", "use step 1")
        value = step.builder.channels(value, taken.start, taken.stop)
    return value


def _need_channels(value: Value, axis: int) -> None:
    if value.axes[axis] != "c":
        raise RefusedError("it cuts along another axis than channels", "cut along channels")


@operator(*LEFT_TO_HOST, limits="at the end of the network; left to the host")
def _left_to_host(step: Step) -> Value:
    if not step.ends:
        raise RefusedError(
            "only at the end of the network it can be left to the host", "remove it from the middle"
        )
    step.builder.host.append(step.node.op_type)
    return replace(step.builder.settled(step.value), padding=NO_PADDING, on_host=True)
