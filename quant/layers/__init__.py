"""One file per layer kind: shapes, parameters, golden reference."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.registry import find_kinds

__all__ = ["LAYERS", "Join", "Layer", "Operator", "Region", "Shape"]

Shape = tuple[int, int, int]
Region = tuple[range, range, range]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Operator:
    """A layer as an ONNX operator on integers of shape (n, channels, height, width).

    Parameters
    ----------
    op : str
        Operator of the default domain.
    attributes : dict
        Its attributes, integers, lists of integers and strings; the constant inputs of Slice and
        Resize are among them.
    weights : ndarray of int64, optional
        Second input, output channels first; a bias comes with it. Gather's table.
    flat : bool
        Whether it takes (n, features), channel first.
    """

    op: str
    attributes: dict[str, Any]
    weights: IntArray | None = None
    flat: bool = False

    def demand_weights(self) -> IntArray:
        """Weights; raises ValueError if there are none."""
        if self.weights is None:
            raise ValueError(f"{self.op} must have weights")
        return self.weights


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer(ABC):
    """A layer of the quantized network: integers in, integers out.

    Parameters
    ----------
    in_shape : (height, width, channels)
    in_format : ActFormat
        What an input integer stands for.

    Members
    -------
    out_format : ActFormat
        What an output integer stands for: a parameter, or derived by the kind.
    """

    kind: ClassVar[str]

    in_shape: Shape
    in_format: ActFormat
    out_format: ActFormat = field(init=False)

    def __post_init__(self) -> None:
        if len(self.in_shape) != 3 or min(self.in_shape) < 1:
            raise ValueError(
                f"Input shape must be (height, width, channels), each at least 1, "
                f"not {self.in_shape!r}"
            )

    @property
    def inputs(self) -> tuple[tuple[Shape, ActFormat], ...]:
        """Shape and format of every input."""
        return ((self.in_shape, self.in_format),)

    @property
    @abstractmethod
    def out_shape(self) -> Shape:
        """(height, width, channels) of the output."""

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame, padding included."""
        return 0

    @abstractmethod
    def reference(self, *acts: IntArray) -> IntArray:
        """Golden output.

        Parameters
        ----------
        *acts : ndarray of int64, shape (n, height, width, channels)
            One for each of :attr:`inputs`.

        Returns
        -------
        ndarray of int64, shape (n, *out_shape)
        """

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        """Rows, columns and channels of every input that one output value depends on.

        Rows and columns outside the image are padding. By default the same place of every input.
        """
        here = range(row, row + 1), range(column, column + 1), range(channel, channel + 1)
        return (here,) * len(self.inputs)

    def weights_of(self, channel: int) -> IntArray | None:
        """Weights of an output channel in the shape of its :meth:`reach`; None without weights."""
        return None

    @abstractmethod
    def operator(self) -> Operator:
        """The layer as an ONNX operator."""

    @classmethod
    @abstractmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        """Layer whose :meth:`operator` this is; ``parameters`` are those that it does not tell."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Join(Layer):
    """A layer of several inputs.

    Parameters
    ----------
    others : tuple of (shape, ActFormat)
        Inputs after the first.
    out_format : ActFormat
    """

    others: tuple[tuple[Shape, ActFormat], ...]
    out_format: ActFormat

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.others:
            raise ValueError("A join must have at least two inputs")

    @property
    def inputs(self) -> tuple[tuple[Shape, ActFormat], ...]:
        return ((self.in_shape, self.in_format), *self.others)


LAYERS = find_kinds(__name__, __path__, Layer)  # type: ignore[type-abstract]
