"""The step with the smallest squared error: clip a few large values, resolve the rest finer."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration, fitting_format, squared_error
from quant.fixed_point import ActFormat

__all__ = ["LeastSquares"]


@dataclass(frozen=True, kw_only=True)
class LeastSquares(Calibration):
    """Minimizes ``sum((x - dequantize(quantize(x)))**2)`` over power-of-two steps.

    Of equal errors the larger step wins, so that nothing is clipped without need.
    """

    kind: ClassVar[str] = "least_squares"

    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        widest = fitting_format(values, width, signed)
        formats = [ActFormat(width, widest.frac + extra, signed) for extra in range(width)]
        return min(formats, key=lambda fmt: squared_error(values, fmt))
