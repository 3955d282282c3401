"""Dot products with shifts, with multiplier blocks and with multipliers in LUTs, side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import signed

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.synthesis.measurements import Measurement, Measurements
from shiftconv.flow.synthesis.structure_search import FOLDS, element_area
from shiftconv.flow.synthesis.synthesize import RECIPES, DspError
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.packed_vpe import MAX_CODE_WIDTH, PackedVpe
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.target import Target

__all__ = ["ComparisonSizes", "compare_dot_products"]

PACKED = "packed"
# Structures of multiplier blocks; where none is made for the family's blocks, those that the tool
# finds by itself are tried.
BLOCK_WAYS: Mapping[str, tuple[str, ...]] = {
    "xcup": ("dsp_cascade",),
    "xc7": ("mac_chain",),
    "ice40": ("mac_chain", "multiplier_tree"),
    "nexus": ("mac_chain", "multiplier_tree"),
    "ecp5": ("dsp_cascade", "multiplier_tree"),
    "gowin": ("mac_chain", "multiplier_tree"),
}
MIN_WEIGHT_WIDTH = 2


@dataclass(frozen=True, kw_only=True)
class ComparisonSizes:
    """What to compare.

    Parameters
    ----------
    families : sequence of str
    exponent_widths, act_widths, lanes : sequence of int
        Of processing elements with signed activations. A VPE's weights are as wide as its
        activations; multipliers in LUTs come in that width too, and in the widths of the shifts'
        codes.
    structure : str, optional
        Of the SVPEs, instead of the best that was measured.
    """

    families: Sequence[str]
    exponent_widths: Sequence[int]
    act_widths: Sequence[int]
    lanes: Sequence[int]
    structure: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Contender:
    """A row of the comparison, and the ways to build it; the one with the fewest LUTs counts."""

    family: str
    lane: str
    exponent_width: int | None
    weight_width: int
    weight_bits: int
    act_width: int
    lanes: int
    ways: tuple[tuple[str, tuple[str, ...] | None], ...]


def compare_dot_products(
    sizes: ComparisonSizes,
    *,
    store: Measurements,
    n_parallel: int = 1,
    on_element: Callable[[str], None] = lambda what: None,
    on_count: Callable[[int, int], None] = lambda n_done, n_all: None,
) -> list[dict[str, Any]]:
    """Synthesize every contender.

    ``on_element`` is told what begins, ``on_count`` how many are done, and how many there are.

    Returns
    -------
    list of dict
        A row for each: ``family``, ``lane`` (``svpe``, ``vpe``, ``vpe_packed`` with two products in
        a multiplier block, ``lut_multiplier``), ``structure``, ``exponent_width`` (None but for the
        ``svpe``), ``weight_bits``, ``act_width``, ``lanes`` (products per cycle), ``lut``,
        ``lutram``, ``ff``, ``dsp``, ``bram``, ``carry``, ``lut_per_mac``, ``others`` (LUT per
        product of the other ways to build it), ``recipe``.

    Raises
    ------
    DspError
        If what must not have a multiplier block has one.
    ToolError
        If Yosys fails.
    """

    def build(job: tuple[_Contender, str, tuple[str, ...] | None]) -> Measurement:
        contender, structure, recipe = job
        on_element(
            f"{contender.family}, {contender.lane} {structure}, {contender.weight_bits}-bit "
            f"weights, {contender.act_width}-bit activations, {contender.lanes} lanes"
        )
        return _area(store, contender, structure, recipe)

    contenders = list(_contenders(sizes))
    jobs = [(c, structure, recipe) for c in contenders for structure, recipe in c.ways]
    with ThreadPoolExecutor(n_parallel) as pool:
        found = []
        for area in pool.map(build, jobs):
            found.append(area)
            on_count(len(found), len(jobs))
    return [
        _row(c, [(job[1:], area) for job, area in zip(jobs, found, strict=True) if job[0] is c])
        for c in contenders
    ]


def _contenders(sizes: ComparisonSizes) -> Iterator[_Contender]:
    for family in sizes.families:
        target = Target(family=family, structure=sizes.structure)
        for act_width in sizes.act_widths:
            for lanes in sizes.lanes:
                common: dict[str, Any] = {"family": family, "act_width": act_width, "lanes": lanes}
                for width in sizes.exponent_widths:
                    book = PowerOfTwo(width)
                    best = target.structure_for(book, ActFormat(act_width, 0, True), lanes)
                    yield _Contender(
                        lane="svpe", exponent_width=width, weight_width=width,
                        weight_bits=book.code_width, ways=((best, None),), **common,
                    )  # fmt: skip
                yield from _multipliers(family, act_width, sizes.exponent_widths, common)


def _multipliers(
    family: str, act_width: int, exponent_widths: Sequence[int], common: dict[str, Any]
) -> Iterator[_Contender]:
    """VPEs and multipliers in LUTs."""

    def contender(lane: str, width: int, ways: tuple) -> _Contender:
        return _Contender(
            lane=lane, exponent_width=None, weight_width=width, weight_bits=width, ways=ways,
            **common,
        )  # fmt: skip

    yield contender("vpe", act_width, tuple((way, None) for way in BLOCK_WAYS[family]))
    if family == "xcup" and act_width <= MAX_CODE_WIDTH:
        yield contender("vpe_packed", act_width, ((PACKED, None),))
    soft = _soft_recipe(family)
    ways = (
        *([("booth_ternary", None)] if family in LUT6_FAMILIES else []),
        ("booth_tree", None),
        ("multiplier_tree", (soft,)),
        ("multiplier_tree", ("proc", "booth -lowpower", soft)),
    )
    widths = {width + 1 for width in exponent_widths if width + 1 >= MIN_WEIGHT_WIDTH}
    for width in sorted(widths | {act_width}):
        yield contender("lut_multiplier", width, ways)


def _soft_recipe(family: str) -> str:
    """The family's recipe without multiplier blocks."""
    recipe = RECIPES[family]
    recipe = recipe.replace(" -dsp", "") if " -dsp" in recipe else f"{recipe} -nodsp"
    return f"{recipe} -top {{top}}"


def _area(
    store: Measurements, contender: _Contender, structure: str, recipe: tuple[str, ...] | None
) -> Measurement:
    size: dict[str, Any] = {
        "weight_width": contender.weight_width,
        "act_width": contender.act_width,
        "lanes": contender.lanes,
    }
    family = contender.family
    if structure != PACKED:
        return element_area(store, structure, family=family, recipe=recipe, **size)
    single = PeDesign(lane="vpe", signed=True, folds=FOLDS, **size)
    pair = PackedVpe(
        codebook=TwosComplement(contender.weight_width),
        act=signed(contender.act_width),
        lanes=contender.lanes,
        acc_width=single.acc_width,
    )
    return store.measure(
        emit_verilog(pair, name="element", family=family), top="element", family=family
    )


def _row(
    contender: _Contender, found: list[tuple[tuple[str, tuple[str, ...] | None], Measurement]]
) -> dict[str, Any]:
    n_products = contender.lanes * (2 if contender.lane == "vpe_packed" else 1)
    (structure, _), best = min(found, key=lambda way: way[1].area.lut)
    if contender.lane in ("svpe", "lut_multiplier") and (best.area.dsp or best.unknown):
        raise DspError(
            f"A {contender.lane} of structure {structure} for {contender.family} has "
            f"{best.area.dsp:g} DSP and cells of unknown type: {', '.join(best.unknown) or 'none'}"
        )
    return {
        "family": contender.family,
        "lane": contender.lane,
        "structure": structure,
        "exponent_width": contender.exponent_width,
        "weight_bits": contender.weight_bits,
        "act_width": contender.act_width,
        "lanes": n_products,
        "lut": best.area.lut,
        "lutram": best.area.lutram,
        "ff": best.area.ff,
        "dsp": best.area.dsp,
        "bram": best.area.bram,
        "carry": best.area.carry,
        "lut_per_mac": round(best.area.lut / n_products, 2),
        "others": {
            _name(*way): round(measured.area.lut / n_products, 2)
            for way, measured in found
            if measured is not best
        },
        "recipe": list(best.recipe),
        "yosys": best.yosys_version,
    }


def _name(structure: str, recipe: tuple[str, ...] | None) -> str:
    if recipe is None:
        return structure
    return f"{structure}, Yosys' booth" if len(recipe) > 1 else f"{structure}, Yosys' own"
