"""Resources of a device: how much may be taken, and what one is worth in another."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import inf

from shiftconv.area import Area

__all__ = ["DEFAULT_PRICES", "NAMES", "RESOURCES", "UNLIMITED", "Budget", "Prices", "lacking"]

NAMES = {
    "lut": "LUTs",
    "ff": "flip-flops",
    "bram": "block memories",
    "big_ram": "large memories",
}
RESOURCES = tuple(NAMES)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a plan may take; ``inf`` for as much as it likes.

    Parameters
    ----------
    lut, ff, bram, big_ram : float
        As in :class:`Area`.

    Raises
    ------
    ValueError
        If one is negative.
    """

    lut: float = inf
    ff: float = inf
    bram: float = inf
    big_ram: float = inf

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value >= 0:
                raise ValueError(f"A budget must not be negative, but {field.name} is {value!r}")

    @property
    def limited(self) -> tuple[str, ...]:
        """Resources of which there is no more than so much."""
        return tuple(name for name in RESOURCES if getattr(self, name) < inf)

    def over(self, taken: Mapping[str, float]) -> dict[str, float]:
        """What is taken too much of, and by how much."""
        found = {name: taken[name] - getattr(self, name) for name in RESOURCES}
        return {name: surplus for name, surplus in found.items() if surplus > 0}

    def without(self, aside: Mapping[str, float]) -> "Budget":
        """What is left of it when some of each resource is set aside."""
        left = {name: getattr(self, name) - aside.get(name, 0) for name in RESOURCES}
        return Budget(**{name: max(0.0, limit) for name, limit in left.items()})


UNLIMITED = Budget()


def lacking(surplus: Mapping[str, float]) -> str:
    """In words, what is taken too much of each resource."""
    return "lacks " + ", ".join(f"{over:,.10g} {NAMES[name]}" for name, over in surplus.items())


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a resource is worth in LUTs: plans of the least area have the least sum of these.

    Parameters
    ----------
    ff : float
        So little that flip-flops decide between plans of equally many LUTs, hardly more.
    bram : float
        A whole block memory. Devices have from 170 LUTs a block (iCE40UP5K) to 810 (K26).
    big_ram : float
    """

    ff: float = 0.01
    bram: float = 200.0
    big_ram: float = 800.0

    @classmethod
    def of_device(cls, *, lut: float, bram: float, big_ram: float) -> "Prices":
        """Those with which each block memory is worth its share of the device's LUTs."""
        per_block = {"bram": bram, "big_ram": big_ram}
        return cls(**{name: lut / count for name, count in per_block.items() if count})

    def weigh(self, area: Area) -> float:
        """LUTs that an area is worth."""
        return area.lut + self.ff * area.ff + self.bram * area.bram + self.big_ram * area.big_ram


DEFAULT_PRICES = Prices()
