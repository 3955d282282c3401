"""What a family of devices takes for each feature: coefficients that ship.

``shiftconv estimates fit`` makes them anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from shiftconv.area import Area
from shiftconv.estimates.components import Part, features_of
from shiftconv.estimates.features import Features
from shiftconv.estimates.stored import stored_estimates

__all__ = ["FITTED", "FamilyModel", "area_of_parts", "family_model"]

FITTED = ("lut", "ff", "carry", "dsp")
"""Resources that have coefficients; all others are counts among the features."""


@dataclass(frozen=True)
class FamilyModel:
    """Coefficients of a family.

    Parameters
    ----------
    coefficients : mapping of mapping
        For each of ``FITTED`` what a feature counts; one that is not there counts nothing.
    """

    coefficients: Mapping[str, Mapping[str, float]]

    def amounts(self, features: Features) -> dict[str, float]:
        """Each field of :class:`Area`, not rounded."""
        found = {
            resource: sum(
                weights[name] * value for name, value in features.items() if name in weights
            )
            for resource, weights in self.coefficients.items()
        }
        in_memories = features.get("lutram", 0) + features.get("shift_register", 0)
        counts = {name: features.get(name, 0) for name in ("bram", "big_ram")}
        return {**found, **counts, "lutram": in_memories}


@cache
def family_model(family: str) -> FamilyModel:
    """The model of a family that ships.

    Raises
    ------
    ValueError
        If there is none.
    """
    families = stored_estimates()["families"]
    if family not in families:
        raise ValueError(f"There are no estimates of {family!r}, only of {', '.join(families)}")
    return FamilyModel({name: families[family][name] for name in FITTED})


ORDER = ("lut", "ff", "dsp", "bram", "carry", "lutram", "big_ram")


@lru_cache(maxsize=200_000)
def _amounts(family: str, name: str, parameters: tuple[Any, ...]) -> tuple[float, ...]:
    """Those of one component, in the order of :class:`Area`'s fields."""
    amounts = family_model(family).amounts(features_of(name, parameters))
    return tuple(amounts[field] for field in ORDER)


def area_of_parts(parts: Iterable[Part], family: str) -> Area:
    """Area of components, LUTs and flip-flops rounded to whole ones."""
    lut = ff = dsp = bram = carry = lutram = big_ram = 0.0
    for name, parameters, times in parts:
        amounts = _amounts(family, name, parameters)
        lut += times * amounts[0]
        ff += times * amounts[1]
        dsp += times * amounts[2]
        bram += times * amounts[3]
        carry += times * amounts[4]
        lutram += times * amounts[5]
        big_ram += times * amounts[6]
    return Area(
        lut=round(lut),
        ff=round(ff),
        dsp=round(dsp),
        bram=bram,
        carry=round(carry),
        lutram=round(lutram),
        big_ram=round(big_ram),
    )
