"""How far estimates are from synthesis, on samples that no fit has seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shiftconv.estimates.model import family_model
from shiftconv.flow.estimates.fit import is_held_out
from shiftconv.flow.estimates.sampling import Sample
from shiftconv.flow.estimates.specimen import PARTS, features_of_specimen

__all__ = ["MEDIAN_TARGETS", "P95_TARGET", "Errors", "check_family"]

MEDIAN_TARGETS = {"lut": 0.08, "ff": 0.05}
P95_TARGET = 0.20


@dataclass(frozen=True)
class Errors:
    """Errors of a family's estimates.

    Parameters
    ----------
    family : str
    n : int
        Stages.
    lut, ff, carry : (float, float)
        Median and 95th percentile of the absolute error, relative to synthesis.
    bram_exact, lutram_exact : float
        Shares of the stages whose block memories, and LUTs used as memory, are as estimated.
    kinds : dict
        For each kind of stage their number and the median errors of LUTs and flip-flops.
    """

    family: str
    n: int
    lut: tuple[float, float]
    ff: tuple[float, float]
    carry: tuple[float, float]
    bram_exact: float
    lutram_exact: float
    kinds: dict[str, tuple[int, float, float]]

    @property
    def holds(self) -> bool:
        """Whether LUTs and flip-flops are as near as they should be."""
        return all(
            getattr(self, name)[0] <= target and getattr(self, name)[1] <= P95_TARGET
            for name, target in MEDIAN_TARGETS.items()
        )


def check_family(samples: Sequence[Sample], family: str) -> Errors:
    """Compare the estimates that ship with the samples of stages that are held out.

    Raises
    ------
    ValueError
        If there are none.
    """
    unseen = [
        sample
        for sample in samples
        if is_held_out(sample.number) and sample.specimen["kind"] not in PARTS
    ]
    if not unseen:
        raise ValueError(f"There are no samples of {family} to check; estimates sample makes some")
    model = family_model(family)
    found = [model.amounts(features_of_specimen(each.specimen, family)) for each in unseen]

    def off(resource: str) -> np.ndarray:
        real = np.array([float(getattr(sample.area, resource)) for sample in unseen])
        guess = np.array([amounts[resource] for amounts in found])
        return np.abs(guess - real) / np.maximum(real, 1)

    lut, ff = off("lut"), off("ff")
    names = np.array([sample.specimen["kind"] for sample in unseen])
    return Errors(
        family=family,
        n=len(unseen),
        lut=_spread(lut),
        ff=_spread(ff),
        carry=_spread(off("carry")),
        bram_exact=float(np.mean(off("bram") == 0)),
        lutram_exact=float(np.mean(off("lutram") == 0)),
        kinds={
            str(kind): (
                int(np.sum(names == kind)),
                float(np.median(lut[names == kind])),
                float(np.median(ff[names == kind])),
            )
            for kind in np.unique(names)
        },
    )


def _spread(errors: np.ndarray) -> tuple[float, float]:
    return float(np.median(errors)), float(np.percentile(errors, 95))
