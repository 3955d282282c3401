"""The smallest step that clips nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration, fitting_format
from quant.fixed_point import ActFormat

__all__ = ["MinMax"]


@dataclass(frozen=True, kw_only=True)
class MinMax(Calibration):
    """The range reaches from the smallest to the largest value."""

    kind: ClassVar[str] = "min_max"

    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        return fitting_format(values, width, signed)
