"""One file per way to choose an activation step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.registry import find_kinds
from quant.spelling import made_from, spelling_of

__all__ = [
    "CALIBRATIONS",
    "Calibration",
    "fitting_format",
    "make_calibration",
    "squared_error",
]


@dataclass(frozen=True, kw_only=True)
class Calibration(ABC):
    """Chooses the power-of-two step of an activation from values that it took.

    A way to choose is a dataclass whose fields are its options, see :mod:`quant.spelling`.
    """

    kind: ClassVar[str]

    @property
    def name(self) -> str:
        """The way with its options, as :func:`make_calibration` takes them."""
        return spelling_of(self)

    def choose(self, values: NDArray[np.float64], *, width: int, signed: bool) -> ActFormat:
        """Format for ``values``.

        Parameters
        ----------
        values : ndarray of float64, any shape
            What the activation was on calibration samples. An unsigned format stands for
            activations behind a ReLU: negative values count as zero.
        width : int
            Bits, the sign included.
        signed : bool

        Raises
        ------
        ValueError
            If there is no value, or one is NaN or infinite.
        """
        values = np.asarray(values, dtype=np.float64).ravel()
        if not values.size:
            raise ValueError("Calibration needs at least one value, but there is none")
        if not np.isfinite(values).all():
            raise ValueError("Calibration values must be finite, but NaN or infinity was found")
        return self._choose(values if signed else np.maximum(values, 0), width, signed)

    @abstractmethod
    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        """Format for finite ``values``, at least one; none negative unless ``signed``."""


def fitting_format(values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
    """Format with the smallest step whose range holds every value; the step is 1 if all are 0."""
    unit = ActFormat(width, 0, signed)
    top, bottom = float(values.max()), float(values.min())
    frac = min(
        _largest_frac(top, unit.hi) if top > 0 else np.inf,
        _largest_frac(-bottom, -unit.lo) if bottom < 0 else np.inf,
    )
    return ActFormat(width, int(frac) if np.isfinite(frac) else 0, signed)


def squared_error(values: NDArray[np.float64], fmt: ActFormat) -> float:
    """``sum((values - dequantize(quantize(values)))**2)``."""
    error = fmt.dequantize(fmt.quantize(values)) - values
    return float(error @ error)


def _largest_frac(value: float, limit: int) -> int:
    """Largest ``frac`` with ``value * 2**frac <= limit``."""
    (value_part, value_exponent), (limit_part, limit_exponent) = np.frexp(value), np.frexp(limit)
    return int(limit_exponent - value_exponent) - int(value_part > limit_part)


CALIBRATIONS = find_kinds(__name__, __path__, Calibration)  # type: ignore[type-abstract]


def make_calibration(spelling: str) -> Calibration:
    """Spelled way to choose a step; raises ValueError if there is no such way or option."""
    return made_from(CALIBRATIONS, "Calibration", spelling)
