"""Coefficients of every family, fitted to samples."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shiftconv.estimates.components import COMPONENTS
from shiftconv.estimates.features import Features
from shiftconv.estimates.model import FITTED
from shiftconv.flow.estimates.least_squares import fit_near
from shiftconv.flow.estimates.priors import CERTAIN, priors
from shiftconv.flow.estimates.sampling import Sample
from shiftconv.flow.estimates.specimen import features_of_specimen
from shiftconv.flow.files import write_atomic
from shiftconv.flow.tools import tool_versions
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["fit_families", "is_held_out", "write_estimates"]

SEED = 41
HELD_OUT = 0.75
LOOKED_AT = 48
"""Of the first samples, each one was looked at while the features were chosen."""
STRENGTH = 0.003
LEAST = 40.0
SURE, UNSURE = 0.05, 0.5
DIGITS = 4


def is_held_out(number: int) -> bool:
    """Whether a sample is for checking: no fit ever sees it, nor who chose the features."""
    return number >= LOOKED_AT and bool(np.random.default_rng([SEED, number]).random() < HELD_OUT)


@dataclass(frozen=True)
class _Seen:
    """Samples of a family that a fit may see, as features."""

    samples: tuple[Sample, ...]
    features: tuple[Features, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample], family: str) -> "_Seen":
        seen = tuple(sample for sample in samples if not is_held_out(sample.number))
        return cls(seen, tuple(features_of_specimen(each.specimen, family) for each in seen))

    def __add__(self, other: "_Seen") -> "_Seen":
        return _Seen(self.samples + other.samples, self.features + other.features)

    def fit(
        self, resource: str, expected: Mapping[str, float], spread: Mapping[str, float]
    ) -> dict[str, float]:
        """Coefficients near what is expected; exactly that if there are no samples."""
        names = list(expected)
        if not self.samples:
            return dict(expected)
        weights = fit_near(
            np.array([[each.get(name, 0.0) for name in names] for each in self.features]),
            np.array([float(getattr(sample.area, resource)) for sample in self.samples]),
            np.array([expected[name] for name in names]),
            np.array([spread[name] for name in names]),
            strength=STRENGTH,
            least=LEAST,
        )
        return dict(zip(names, map(float, weights), strict=True))


def fit_families(samples: Mapping[str, Sequence[Sample]]) -> dict[str, dict[str, dict[str, float]]]:
    """Coefficients of each family for each of ``FITTED``, from samples that are not held out.

    LUTs are fitted to all families with LUTs of one size together first, and what is found then is
    what each of them is expected to be near.

    Raises
    ------
    ValueError
        If no sample is left.
    """
    seen = {family: _Seen.of(found, family) for family, found in samples.items()}
    if not any(found.samples for found in seen.values()):
        raise ValueError("There are no samples to fit to; estimates sample makes some")
    result: dict[str, dict[str, dict[str, float]]] = {}
    for family, own in seen.items():
        kin = _Seen((), ())
        for other, found in seen.items():
            if (other in LUT6_FAMILIES) == (family in LUT6_FAMILIES):
                kin += found
        result[family] = {}
        for resource in FITTED:
            expected = _expected(resource, family)
            spread = {name: _doubt(name) * value for name, value in expected.items()}
            if resource == "lut":
                expected = kin.fit(resource, expected, spread)
                # What is next to nothing in all of them may still be something in one.
                expected = {name: max(expected[name], spread[name] / 10) for name in expected}
                spread = {
                    name: max(_doubt(name) * expected[name], spread[name] / 2) for name in spread
                }
            found_here = own.fit(resource, expected, spread)
            result[family][resource] = {name: round(v, DIGITS) for name, v in found_here.items()}
    return result


def _doubt(name: str) -> float:
    """How far a coefficient may well be from what is expected, relative to that."""
    return SURE if name in CERTAIN else UNSURE


def _expected(resource: str, family: str) -> dict[str, float]:
    """What is expected of each feature; flip-flops of every component are told apart."""
    known = priors(resource, family)
    if "ff" in known:
        known |= dict.fromkeys((f"ff.{name}" for name in COMPONENTS), known.pop("ff"))
    return dict(sorted(known.items()))


def write_estimates(
    path: Path, families: Mapping[str, Any], wired: Mapping[str, Any], command: str
) -> None:
    """Write coefficients, with what they come from; raises OutputError if they cannot be."""
    versions = tool_versions()
    table = {
        "command": command,
        "tool_versions": {name: versions[name] for name in ("yosys", "amaranth")},
        "wired": wired,
        "families": families,
    }
    write_atomic(path, json.dumps(table, indent=1) + "\n")
