"""Kernel, stride and padding of convolutions and pools."""

from collections.abc import Sequence

from quant.geometry import MAX_KERNEL, MAX_STRIDE
from quant.onnx_float.operators._step import Step
from quant.onnx_model.padding import Padding, written_out
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
    return stride, written_out(
        size,
        kernel,
        stride,
        pads=(pads[0], pads[1], pads[2], pads[3]),
        auto_pad=auto,
        ceil_mode=ceil_mode,
    )
