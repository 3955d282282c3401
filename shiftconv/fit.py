"""Whether a plan fits a device, and what does not fit by how much, before anything is built."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil, inf
from typing import Any

from boards import Board, Family
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.plan import Plan

__all__ = ["Fit", "ResourceNeed", "block_count", "fit_plan", "lut_count"]


@dataclass(frozen=True)
class _Family:
    """How a family of devices makes memories.

    Parameters
    ----------
    blocks : tuple of (depth, width)
        Forms of one independent part of a block memory, one port to read and one to write.
    parts : int
        Such parts in a block.
    ram_luts : (depth, width, luts) or None
        The smallest memory made of LUTs that can be written, None if there is none.
    rom_depth : int
        Words of one bit that a LUT holds for good.
    big : (depth, width) or None
        Form of the larger, uninitialised memory.
    big_is_for_loads : bool
        Whether that has but one port, which suits weights that are loaded at start and nothing
        else; these lie there always.
    """

    blocks: tuple[tuple[int, int], ...]
    parts: int
    ram_luts: tuple[int, int, int] | None
    rom_depth: int
    big: tuple[int, int] | None = None
    big_is_for_loads: bool = False

    def takes(self, memory: MemoryShape) -> bool:
        """Whether the larger memory may hold a memory."""
        allowed = memory.loaded if self.big_is_for_loads else not memory.fixed
        return self.big is not None and allowed


_KIB_18 = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))
_KIB_4 = ((2048, 2), (1024, 4), (512, 8), (256, 16))
_FAMILIES: dict[Family, _Family] = {
    "xcup": _Family(_KIB_18, 2, (64, 3, 4), 64, (4096, 72)),
    "xc7": _Family(_KIB_18, 2, (64, 3, 4), 64),
    "ecp5": _Family(_KIB_18, 1, (16, 4, 4), 16),
    "nexus": _Family(_KIB_18, 1, (16, 4, 4), 16, (16384, 32)),
    "gowin": _Family(_KIB_18, 1, (16, 4, 4), 16),
    "ice40": _Family(_KIB_4, 1, None, 16, (16384, 16), big_is_for_loads=True),
}
# Memories of fewer LUTs than this for each part of a block that they save are made of LUTs.
CHEAP_LUTS = 100
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
        Parts whose memories must be made of LUTs for the block memories to suffice.
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
            moved = f" if memories of {', '.join(self.in_luts)} are made of LUTs"
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


def block_count(memory: MemoryShape, family: Family) -> int:
    """Independent parts of block memories that memories take, each in the forms that suit best."""
    return memory.count * _tiles(memory, _FAMILIES[family].blocks)


def lut_count(memory: MemoryShape, family: Family) -> int | None:
    """LUTs that memories take at least instead; None if LUTs cannot be written."""
    kind = _FAMILIES[family]
    if memory.fixed:
        return memory.count * ceil(memory.depth / kind.rom_depth) * memory.width
    if kind.ram_luts is None:
        return None
    depth, width, luts = kind.ram_luts
    return memory.count * ceil(memory.depth / depth) * ceil(memory.width / width) * luts


def _tiles(memory: MemoryShape, forms: tuple[tuple[int, int], ...]) -> int:
    """Parts for one memory: full ones of one form above each other, the rest in what suits it."""
    counts = []
    for depth, width in forms:
        full, rest = divmod(memory.depth, depth)
        across = ceil(memory.width / width)
        last = MemoryShape(depth=rest, width=memory.width)
        within = across if full == 0 else rest and _tiles(last, forms)
        counts.append(full * across + within)
    return min(counts)


@dataclass(frozen=True, eq=False)
class _Place:
    """Memories of one shape: parts of blocks that they take, and what they would take elsewhere."""

    owner: str
    parts: int
    luts: int | None
    big: int | None

    @property
    def luts_per_part(self) -> float:
        return inf if self.luts is None else self.luts / self.parts


def fit_plan(plan: Plan, board: Board) -> Fit:
    """Give every memory of a plan its place on a board, and count.

    Small memories become LUTs and all others block memories. If those are too many, memories
    without initial contents move to the larger memories, where the device has them, and then those
    that take the fewest LUTs for what they save become LUTs, as long as that makes the plan fit.
    """
    kind, there = _FAMILIES[board.family], board.resources
    places = [
        _Place(
            owner,
            block_count(memory, board.family),
            lut_count(memory, board.family),
            memory.count * _tiles(memory, (kind.big,)) if kind.big and kind.takes(memory) else None,
        )
        for owner, memory in plan.memories
    ]
    always_big = [place for place in places if kind.big_is_for_loads and place.big]
    blocks = [
        place for place in places if place.luts_per_part > CHEAP_LUTS and place not in always_big
    ]
    luts = _logic_luts(plan) + sum(p.luts or 0 for p in places if p not in blocks + always_big)
    surplus = sum(place.parts for place in blocks) - there.bram * kind.parts
    into_big = always_big or _chosen(
        blocks, surplus, there.big_ram, lambda place: place.big if place.big else inf
    )
    blocks = [place for place in blocks if place not in into_big]
    if not always_big:
        surplus -= sum(place.parts for place in into_big)
    into_luts = _chosen(
        blocks, surplus, there.lut - luts, lambda place: inf if place.luts is None else place.luts
    )
    if sum(place.parts for place in into_luts) < surplus:
        into_luts = []
    blocks = [place for place in blocks if place not in into_luts]
    luts += sum(place.luts or 0 for place in into_luts)
    needs = [
        ResourceNeed("bram", sum(place.parts for place in blocks) / kind.parts, there.bram),
        ResourceNeed("lut", luts, there.lut, estimate=True),
    ]
    if kind.big and (there.big_ram or into_big):
        big = sum(place.big or 0 for place in into_big)
        needs.append(ResourceNeed("big_ram", big, there.big_ram))
    owners: dict[str, float] = {}
    for place in blocks:
        owners[place.owner] = owners.get(place.owner, 0) + place.parts / kind.parts
    return Fit(
        board.name,
        tuple(needs),
        tuple(sorted(owners.items(), key=lambda item: -item[1])[:N_LARGEST]),
        tuple(sorted({place.owner for place in into_luts})),
    )


def _chosen(
    places: list[_Place], surplus: float, room: float, price: Callable[[_Place], float]
) -> list[_Place]:
    """Places to move elsewhere, cheapest for what they save first, until the surplus is gone."""
    chosen: list[_Place] = []
    for place in sorted(places, key=lambda place: price(place) / place.parts):
        if surplus <= 0:
            break
        if price(place) <= room:
            chosen.append(place)
            room -= price(place)
            surplus -= place.parts
    return chosen


def _logic_luts(plan: Plan) -> int:
    """A LUT for each bit of what each lane adds; weights that are wires may cost nothing."""
    return sum(
        stage.lanes * stage.layer.in_format.width
        for stage in plan.stages
        if not getattr(stage, "hard_wired", False)
    )
