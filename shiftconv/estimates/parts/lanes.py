"""Lanes as they are built: their cells counted."""

from collections.abc import Iterator
from functools import cache

from amaranth.hdl import Fragment, Shape
from amaranth.hdl._ir import Instance

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._chain_lane import ChainLane
from shiftconv.gateware.dot_products._lut4_lane import Lut4Lane
from shiftconv.gateware.dot_products._staged_lane import (
    STAGES_PER_REGISTER,
    StagedLane,
    lane_stages,
)
from shiftconv.gateware.family import FamilyPlatform

__all__ = ["chain_lane_luts", "lane_luts", "staged_lane"]


def _cells(fragment: Fragment) -> Iterator[Instance]:
    """Primitives of a component."""
    for part, *_ in fragment.subfragments:
        if isinstance(part, Instance):
            yield part
        else:
            yield from _cells(part)


def _luts_of(component, family: str) -> int:
    """LUTs among a lane's primitives."""
    luts = 0
    for cell in _cells(Fragment.get(component, FamilyPlatform(family))):
        luts += int(cell.parameters["N_TABLES"]) if "N_TABLES" in cell.parameters else 1
    return luts


@cache
def lane_luts(codebook: PowerOfTwo, width: int, signed: bool, family: str) -> int:
    return _luts_of(Lut4Lane(codebook=codebook, act=Shape(width, signed)), family)


@cache
def chain_lane_luts(codebook: PowerOfTwo, width: int, signed: bool, family: str) -> int:
    return _luts_of(ChainLane(codebook=codebook, act=Shape(width, signed)), family)


@cache
def staged_lane(
    codebook: PowerOfTwo, width: int, signed: bool, family: str
) -> tuple[int, int, int]:
    """LUTs, flip-flops, bits of the term."""
    act = Shape(width, signed)
    luts = _luts_of(StagedLane(codebook=codebook, act=act), family)
    stages = lane_stages(codebook, act)
    ff, code = 0, codebook.code_width
    for n, stage in enumerate(stages):
        code -= stage.select_width
        if stage.complements or n % STAGES_PER_REGISTER == STAGES_PER_REGISTER - 1:
            ff += stage.out_shape.width + code
    # The top bit of what has no sign is a zero with the sign on it, which is there already.
    return luts, ff - (not signed), stages[-1].out_shape.width
