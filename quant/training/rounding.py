"""Rounding that learns: exact forwards, straight through backwards."""

from typing import Any

import torch
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
        step = 2.0 ** round(float(log2_step.detach()))
        found = (values / step).round_().clamp_(lo, hi).mul_(step)
        ctx.ends = (lo - 0.5) * step, (hi + 0.5) * step
        ctx.learns = log2_step.requires_grad
        ctx.save_for_backward(values, *((found,) if ctx.learns else ()))
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        values, *found = ctx.saved_tensors
        inside = torch.ops.aten.hardtanh_backward(gradient, values, *ctx.ends)
        of_step = None
        if ctx.learns:
            # A factor of 2 more moves what is clipped to twice its value, what is not by its error.
            of_step = ((gradient * found[0]).sum() - (inside * values).sum()).reshape(1) * LN_2
        return inside, of_step, None, None
