"""The layers of a quantized network while it learns: real numbers that stand for its integers."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from quant.fixed_point import ActFormat
from quant.layers import Layer
from quant.layers._weighted import WeightedLayer
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.depthwise_conv2d import DepthwiseConv2d
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.max_pool import MaxPool
from quant.training import operators
from quant.training.methods import Method
from quant.training.rounding import Requantize

__all__ = ["Act", "Part", "WeightedPart", "part_of"]

# Integers that single precision holds.
SINGLE = 2**24


class Act(NamedTuple):
    """Activations.

    Parameters
    ----------
    values : Tensor, shape (n, channels, height, width)
        Multiples of the format's step, within its range.
    fmt : ActFormat
    """

    values: Tensor
    fmt: ActFormat


class Part(nn.Module):
    """A layer that gives what the golden model's gives, as real numbers.

    Parameters
    ----------
    like : Layer
        Its shapes, and its formats at the start.
    """

    def __init__(self, like: Layer) -> None:
        super().__init__()
        self.like = like

    @abstractmethod
    def forward(self, *acts: Act) -> Act:
        """Output of the layer."""

    def layer(self, in_formats: list[ActFormat]) -> Layer:
        """The layer as it is now, for inputs of these formats."""
        return replace(self.like, in_format=in_formats[0])


class _KeepingPart(Part):
    """A layer whose output has its input's format."""

    def forward(self, *acts: Act) -> Act:
        (act,) = acts
        return _requantized(self.found(act.values), act.fmt)

    def found(self, values: Tensor) -> Tensor:
        """Output, before it is rounded."""
        match self.like:
            case AveragePool():
                counts = self.like.count_include_pad
                return operators.average(values, self.like, count_include_pad=counts)
            case MaxPool():
                return operators.largest(values, self.like)
        return operators.global_average(values)


class _ScaledPart(Part):
    """A layer whose output has a format of its own, whose step may learn.

    Members
    -------
    log2_step : Parameter, shape (1,)
    """

    def __init__(self, like: Layer, *, learn_step: bool) -> None:
        super().__init__(like)
        start = torch.tensor([-float(like.out_format.frac)])
        self.log2_step = nn.Parameter(start, requires_grad=learn_step)

    @property
    def fmt(self) -> ActFormat:
        """Format of the output."""
        return replace(self.like.out_format, frac=-round(float(self.log2_step.detach())))

    def rounded(self, values: Tensor) -> Act:
        """Values in the output's format."""
        fmt = self.fmt
        return Act(Requantize.apply(values, self.log2_step, fmt.lo, fmt.hi), fmt)


class _AddPart(_ScaledPart):
    """Sum of branches."""

    def forward(self, *acts: Act) -> Act:
        total = acts[0].values
        for act in acts[1:]:
            total = total + act.values
        return self.rounded(total)

    def layer(self, in_formats: list[ActFormat]) -> Layer:
        assert isinstance(self.like, Add)
        shapes = [shape for shape, _ in self.like.others]
        return replace(
            self.like,
            in_format=in_formats[0],
            others=tuple(zip(shapes, in_formats[1:], strict=True)),
            out_format=self.fmt,
        )


class WeightedPart(_ScaledPart):
    """Dot products.

    Parameters
    ----------
    like : WeightedLayer
    method : Method
        Its weights.
    learn_step : bool
        Whether the step of the output's format learns.

    Members
    -------
    bias : Parameter, shape (c_out,)
        Real; used rounded to the accumulator's unit.
    """

    like: WeightedLayer

    def __init__(self, like: WeightedLayer, method: Method, *, learn_step: bool) -> None:
        super().__init__(like, learn_step=learn_step)
        self.method = method
        unit = np.ldexp(1.0, method.master.exponents.numpy() - like.in_format.frac)
        self.bias = nn.Parameter(torch.tensor(like.bias * unit, dtype=torch.float32))

    def forward(self, *acts: Act) -> Act:
        (act,) = acts
        unit = self.method.master.scale * act.fmt.step
        if self.training:
            nearest = ((self.bias / unit).round() * unit).detach()
            bias = self.bias + (nearest - self.bias).detach()
            return self.rounded(self._dots(act.values, self.method.learning(), bias))
        bias = self._whole_bias(act.fmt)
        levels = self.method.levels()
        reach = levels.abs().flatten(0, -2).sum(0) * act.fmt.max_abs + bias.abs()
        dtype = torch.float32 if float(reach.max()) < SINGLE else torch.float64
        weights = (levels * self.method.master.scale).to(dtype)
        dots = self._dots(act.values.to(dtype), weights, (bias * unit).to(dtype))
        values, fmt = self.rounded(dots)
        return Act(values.float(), fmt)

    def _dots(self, values: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
        if isinstance(self.like, Dense):
            return operators.dense(values, weights, bias)
        assert isinstance(self.like, Conv2d | DepthwiseConv2d)
        return operators.convolution(values, weights, bias, self.like)

    def _whole_bias(self, in_format: ActFormat) -> Tensor:
        """Bias in units of the accumulator."""
        return (self.bias.detach() / (self.method.master.scale * in_format.step)).round()

    def layer(self, in_formats: list[ActFormat]) -> Layer:
        (in_format,) = in_formats
        exponents = self.method.master.exponents.numpy()
        return replace(
            self.like,
            in_format=in_format,
            codebook=self.method.master.codebook,
            levels=self.method.levels().numpy().astype(np.int64),
            bias=self._whole_bias(in_format).numpy().astype(np.int64),
            shift=in_format.frac - self.fmt.frac - exponents,
            out_format=self.fmt,
        )


def _requantized(values: Tensor, fmt: ActFormat) -> Act:
    log2_step = torch.tensor([-float(fmt.frac)])
    return Act(Requantize.apply(values, log2_step, fmt.lo, fmt.hi), fmt)


_PARTS: dict[type[Layer], Callable[..., Part]] = {
    Add: _AddPart,
    AveragePool: lambda like, **_: _KeepingPart(like),
    GlobalAveragePool: lambda like, **_: _KeepingPart(like),
    MaxPool: lambda like, **_: _KeepingPart(like),
}


def part_of(name: str, like: Layer, method: Method | None, *, learn_step: bool) -> Part:
    """The part for a layer; ``method`` holds its weights if it has any.

    Raises
    ------
    ValueError
        If training does not know the kind of layer.
    """
    if method is not None:
        assert isinstance(like, WeightedLayer)
        return WeightedPart(like, method, learn_step=learn_step)
    if type(like) not in _PARTS:
        kinds: tuple[type[Layer], ...] = (*_PARTS, Conv2d, Dense, DepthwiseConv2d)
        known = ", ".join(sorted(kind.kind for kind in kinds))
        raise ValueError(
            f"{name}: training does not know layers of kind {like.kind}; known are {known}"
        )
    arguments: dict[str, Any] = {"learn_step": learn_step}
    return _PARTS[type(like)](like, **arguments)
