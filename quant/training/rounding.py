"""Rounding that learns: exact forwards, straight through backwards."""

from typing import Any

from torch import Tensor
from torch.autograd import Function

__all__ = ["Requantize"]

LN_2 = 0.6931471805599453


class Requantize(Function):
    """``clamp(round_half_even(x / step), lo, hi) * step`` with ``step = 2**round(log2_step)``.

    Exact while ``x / step`` fits the significand: dividing by a power of two loses nothing.

    Backwards, ``x`` gets the gradient where it was not clipped. ``log2_step`` gets that of
    Jain et al., *Trained quantization thresholds* (MLSys 2020): the clipping level learns as in
    PACT (Choi et al., 2018), for a step that is a power of two at any time.

    Parameters
    ----------
    values : Tensor
    log2_step : Tensor of one value
    lo, hi : int
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, log2_step: Tensor, lo: int, hi: int) -> Tensor:
        step = 2.0 ** float(log2_step.detach().round())
        scaled = values / step
        whole = scaled.round()
        found = whole.clamp(lo, hi)
        inside = whole == found
        ctx.learns, ctx.step = log2_step.requires_grad, step
        # What one more unit of the logarithm would add: step * ln 2 * (found - scaled inside).
        slope = found - scaled * inside if ctx.learns else values.new_empty(0)
        ctx.save_for_backward(inside, slope)
        return found.mul_(step)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        inside, slope = ctx.saved_tensors
        of_step = None
        if ctx.learns:
            of_step = (gradient * slope).sum().reshape(1) * (ctx.step * LN_2)
        return gradient * inside, of_step, None, None
