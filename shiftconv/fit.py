"""Whether a plan fits a device, and what does not fit by how much, before anything is built."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

from boards import Board
from shiftconv.area import Area
from shiftconv.gateware.memory_area import default_kind, memory_area
from shiftconv.gateware.memory_kind import MemoryKind, kinds_of
from shiftconv.plan import Plan

__all__ = ["Fit", "ResourceNeed", "fit_plan", "place_memories"]

N_LARGEST = 3


@dataclass(frozen=True)
class ResourceNeed:
    """One resource of a device.

    Parameters
    ----------
    resource : {"bram", "big_ram", "lut"}
        Block memory (in halves where a block has two parts), larger memory, LUTs.
    needed, available : float
    estimate : bool
        Whether ``needed`` is a lower bound, not a count: LUTs are those of memories, and one for
        each bit of what each lane adds.
    """

    resource: str
    needed: float
    available: float
    estimate: bool = False

    @property
    def over(self) -> float:
        """How many are missing."""
        return max(0, self.needed - self.available)


@dataclass(frozen=True)
class Fit:
    """What a plan needs of a board.

    Parameters
    ----------
    board : str
    needs : tuple of ResourceNeed
    largest : tuple of (str, float)
        Parts of the design that take most block memory, and how much, largest first.
    in_luts : tuple of str
        Parts whose memories are made of LUTs although they would suit block memories better.
    """

    board: str
    needs: tuple[ResourceNeed, ...]
    largest: tuple[tuple[str, float], ...]
    in_luts: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether nothing is missing, as far as can be told before synthesis."""
        return not any(need.over for need in self.needs)

    @property
    def sentence(self) -> str:
        """What is missing, and what takes most of it."""
        if self.fits:
            moved = f", memories of {', '.join(self.in_luts)} made of LUTs"
            return (
                f"fits {self.board}{moved if self.in_luts else ''}, "
                f"as far as can be told before synthesis"
            )
        missing = [
            f"{need.needed:,.10g} {_NAMES[need.resource]} are needed"
            f"{' at least' if need.estimate else ''}, {need.available:,.10g} are there, "
            f"{need.over:,.10g} are missing"
            for need in self.needs
            if need.over
        ]
        most = ", ".join(f"{name} {blocks:,.10g}" for name, blocks in self.largest)
        return f"does not fit {self.board}: {'; '.join(missing)}; most block memory takes {most}"

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return {
            "board": self.board,
            "fits": self.fits,
            "resources": [{**asdict(need), "over": need.over} for need in self.needs],
            "largest": [{"name": name, "bram": blocks} for name, blocks in self.largest],
            "in_luts": list(self.in_luts),
        }


_NAMES = {"bram": "block memories", "big_ram": "large memories", "lut": "LUTs"}


@dataclass(eq=False)
class _Place:
    """Memories of one shape: what they are made of, and what they take in each way."""

    kind: MemoryKind
    areas: dict[MemoryKind, Area]

    @property
    def area(self) -> Area:
        """What they take as it is."""
        return self.areas[self.kind]


def place_memories(plan: Plan, board: Board) -> Plan:
    """Choose for every memory of a plan what it is made of on a board.

    Each is made of what suits the family. Where that takes more large memories than there are, the
    rest become block memories. If those are too many, memories that may move to large memories,
    and then those that take the fewest LUTs for what they save become LUTs, as long as that makes
    the plan fit.

    Raises
    ------
    ValueError
        If the plan is for another family of devices.
    """
    _check(plan, board)
    family, there = board.family, board.resources
    places = []
    for _, shape in plan.memories:
        areas = {kind: memory_area(shape, kind, family) for kind in kinds_of(shape, family)}
        places.append(_Place(default_kind(shape, family), areas))

    def total(resource: str) -> float:
        return sum(getattr(place.area, resource) for place in places)

    def moved(source: MemoryKind, target: MemoryKind, surplus: float, room: float) -> list[_Place]:
        return _chosen(
            (place for place in places if place.kind == source and target in place.areas),
            surplus,
            room,
            saved=lambda place: _amount(place, source),
            price=lambda place: _amount(place, target),
        )

    for place in moved("big", "block", total("big_ram") - there.big_ram, inf):
        place.kind = "block"
    room = there.big_ram - total("big_ram")
    for place in moved("block", "big", total("bram") - there.bram, room):
        place.kind = "big"
    surplus = total("bram") - there.bram
    into_luts = moved("block", "lut", surplus, there.lut - _logic_luts(plan) - total("lut"))
    if sum(_amount(place, "block") for place in into_luts) >= surplus:
        for place in into_luts:
            place.kind = "lut"
    return plan.with_kinds([place.kind for place in places])


def _check(plan: Plan, board: Board) -> None:
    if plan.target.family != board.family:
        raise ValueError(
            f"{board.name} is of the family {board.family}, but the plan is for "
            f"{plan.target.family or 'any'}"
        )


def _amount(place: _Place, kind: MemoryKind) -> float:
    """What memories take of the resource that a kind is named for."""
    return getattr(place.areas[kind], {"block": "bram", "big": "big_ram", "lut": "lut"}[kind])


def _chosen(
    places: Iterable[_Place],
    surplus: float,
    room: float,
    *,
    saved: Callable[[_Place], float],
    price: Callable[[_Place], float],
) -> list[_Place]:
    """Places to move elsewhere, cheapest for what they save first, until the surplus is gone."""
    chosen: list[_Place] = []
    for place in sorted(places, key=lambda place: price(place) / saved(place)):
        if surplus <= 0:
            break
        if price(place) <= room:
            chosen.append(place)
            room -= price(place)
            surplus -= saved(place)
    return chosen


def fit_plan(plan: Plan, board: Board) -> Fit:
    """Count what a plan, its memories made as it says, needs of a board.

    Block memories and large memories are those that synthesis comes to.

    Raises
    ------
    ValueError
        If the plan is for another family of devices.
    """
    _check(plan, board)
    family, there = board.family, board.resources
    areas = [(owner, memory_area(shape, kind, family)) for owner, shape, kind in plan.kept_memories]
    total = sum((area for _, area in areas), Area())
    luts = total.lut + _logic_luts(plan)
    needs = [
        ResourceNeed("bram", total.bram, there.bram),
        ResourceNeed("lut", luts, there.lut, estimate=True),
    ]
    if there.big_ram or total.big_ram:
        needs.append(ResourceNeed("big_ram", total.big_ram, there.big_ram))
    owners: dict[str, float] = {}
    for owner, area in areas:
        owners[owner] = owners.get(owner, 0) + area.bram
    moved = {
        owner
        for (owner, shape), kind in zip(plan.memories, plan.kinds, strict=True)
        if kind == "lut" != default_kind(shape, family)
    }
    return Fit(
        board.name,
        tuple(needs),
        tuple(sorted(owners.items(), key=lambda item: -item[1])[:N_LARGEST]),
        tuple(sorted(moved)),
    )


def _logic_luts(plan: Plan) -> int:
    """A LUT for each bit of what each lane adds; weights that are wires may cost nothing."""
    return sum(
        stage.lanes * stage.layer.in_format.width
        for stage in plan.stages
        if not getattr(stage, "hard_wired", False)
    )
