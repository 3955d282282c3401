"""Kernel, stride and padding of convolutions and pools."""

from collections.abc import Sequence

from quant.geometry import MAX_KERNEL, MAX_STRIDE
from quant.onnx_float.operators._step import Step
from quant.onnx_float.value import Padding
from quant.onnx_model.verdict import RefusedError

__all__ = ["LIMITS", "pair", "stride_and_padding"]

LIMITS = f"kernel up to {MAX_KERNEL}x{MAX_KERNEL}, stride up to {MAX_STRIDE}"


def pair(found: Sequence[int], what: str) -> tuple[int, int]:
    """Two positive numbers; anything else is refused."""
    if len(found) != 2 or min(found) < 1:
        raise RefusedError(
            f"{what} must be two positive numbers, not {list(found)}", "use 2-d layers"
        )
    return found[0], found[1]


def stride_and_padding(
    step: Step, kernel: tuple[int, int], *, ceil_mode: bool = False
) -> tuple[tuple[int, int], Padding]:
    """Stride, and (top, left, bottom, right), for a kernel that reaches so far."""
    stride = pair(step.attributes.get("strides", [1, 1]), "strides")
    (height, width, _), (top, left, bottom, right) = step.value.shape, step.value.padding
    size = height + top + bottom, width + left + right
    auto = step.text("auto_pad", "NOTSET")
    pads = list(step.attributes.get("pads", [0, 0, 0, 0]))
    if len(pads) != 4:
        raise RefusedError(f"pads must be four numbers, not {pads}", "use 2-d layers")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        for axis in range(2):
            n_out = -(-size[axis] // stride[axis])
            total = max((n_out - 1) * stride[axis] + kernel[axis] - size[axis], 0)
            less, more = total // 2, total - total // 2
            pads[axis], pads[axis + 2] = (less, more) if auto == "SAME_UPPER" else (more, less)
    elif auto == "VALID":
        pads = [0, 0, 0, 0]
    elif ceil_mode:
        for axis in range(2):
            reach = size[axis] + pads[axis] + pads[axis + 2] - kernel[axis]
            n_out = -(-reach // stride[axis]) + 1
            # A window that begins behind the image and the padding before it is left out.
            if (n_out - 1) * stride[axis] >= size[axis] + pads[axis]:
                n_out -= 1
            pads[axis + 2] += max(0, (n_out - 1) * stride[axis] - reach)
    return stride, (pads[0], pads[1], pads[2], pads[3])
