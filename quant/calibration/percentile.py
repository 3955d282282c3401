"""The smallest step that clips no more than a given part of the values."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration, fitting_format
from quant.fixed_point import ActFormat

__all__ = ["Percentile"]


@dataclass(frozen=True, kw_only=True)
class Percentile(Calibration):
    """The range reaches at least to a percentile of the magnitudes.

    Zeros do not count: every step stands for them exactly.

    Parameters
    ----------
    percent : float
        Above 0, up to 100, which is min_max.
    """

    kind: ClassVar[str] = "percentile"

    percent: float = 99.99

    def __post_init__(self) -> None:
        if not 0 < self.percent <= 100:
            raise ValueError(
                f"Option percent of calibration {self.kind} must be above 0 and up to 100, "
                f"not {self.percent!r}"
            )

    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        magnitudes = np.abs(values[values != 0])
        if not magnitudes.size:
            return fitting_format(values, width, signed)
        end = np.quantile(magnitudes, self.percent / 100, method="higher")
        return fitting_format(np.clip(values, -end, end), width, signed)
