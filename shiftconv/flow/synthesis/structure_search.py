"""Measure every structure of a dot product, to choose the best for each size."""

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quant.codebook import PowerOfTwo
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.files import write_atomic
from shiftconv.flow.synthesis.measurements import Measurement, Measurements
from shiftconv.flow.synthesis.synthesize import recipe_of
from shiftconv.flow.tools import tool_versions
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.structure_table import MeasuredStructure

__all__ = ["StructureSizes", "element_area", "search_structures", "write_structures"]

FOLDS = 16
# Sizes at which every structure is tried, and how much more than the best a structure may take at
# one of them to be tried at the others too.
PROBES = ((2, 8, 9), (3, 8, 9))
SLACK = 1.1


@dataclass(frozen=True, kw_only=True)
class StructureSizes:
    """What to measure.

    Parameters
    ----------
    families : sequence of str
    exponent_widths, act_widths, lanes : sequence of int
    """

    families: Sequence[str]
    exponent_widths: Sequence[int]
    act_widths: Sequence[int]
    lanes: Sequence[int]


def element_area(
    store: Measurements,
    structure: str,
    *,
    family: str,
    recipe: Sequence[str] | None = None,
    **size: Any,
) -> Measurement:
    """Area of one processing element of a structure.

    Parameters
    ----------
    store : Measurements
    structure : str
    family : str
    recipe : sequence of str, optional
    weight_width, act_width, lanes : int
        As :class:`PeDesign` takes them.
    """
    design = PeDesign(
        lane=DOT_PRODUCTS[structure].lane,
        structure=structure,
        family=family,
        signed=True,
        folds=FOLDS,
        **size,
    )
    verilog = emit_verilog(design.component(), name="element", family=family)
    return store.measure(verilog, top="element", family=family, recipe=recipe)


def search_structures(
    sizes: StructureSizes,
    *,
    store: Measurements,
    n_parallel: int = 1,
    on_element: Callable[[str], None] = lambda what: None,
    on_count: Callable[[int, int], None] = lambda n_done, n_all: None,
) -> list[MeasuredStructure]:
    """Rows of the table of :mod:`shiftconv.structure_table`, in order.

    A structure that takes a tenth more than the best at each of a few probes of a family is not
    tried at the family's other sizes.

    Parameters
    ----------
    sizes : StructureSizes
    store : Measurements
    n_parallel : int
        Syntheses at a time.
    on_element : callable
        Told what has been measured.
    on_count : callable
        Told how many of a family's probes, and then of its other sizes, are done, and how many
        there are.
    """

    def measure(job: tuple[str, str, int, int, int]) -> Measurement:
        structure, family, exponent_width, act_width, lanes = job
        found = element_area(
            store,
            structure,
            family=family,
            weight_width=exponent_width,
            act_width=act_width,
            lanes=lanes,
        )
        on_element(
            f"{family}, exponent width {exponent_width}, {act_width} bits, {lanes} lanes, "
            f"{structure}: {found.area.lut / lanes:.2f} LUT per lane"
        )
        return found

    shifting = [name for name, kind in DOT_PRODUCTS.items() if kind.lane == "svpe"]
    rows = []
    with ThreadPoolExecutor(n_parallel) as pool:
        for family in sizes.families:
            probes = [
                (name, family, *probe) for probe in PROBES for name in _fitting(shifting, probe[0])
            ]
            found = _counted(probes, pool.map(measure, probes), on_count)
            good = _good_ones(found)
            points = [
                (family, *point)
                for point in itertools.product(sizes.exponent_widths, sizes.act_widths, sizes.lanes)
            ]
            jobs = [(name, *point) for point in points for name in _fitting(good, point[1])]
            found = _counted(jobs, pool.map(measure, jobs), on_count)
            rows += [_row(found, point) for point in points]
    return rows


def _counted(
    jobs: Sequence[tuple], results: Iterable[Measurement], on_count: Callable[[int, int], None]
) -> dict[tuple, Measurement]:
    """Results by job, as they come."""
    found = {}
    on_count(0, len(jobs))
    for job, result in zip(jobs, results, strict=True):
        found[job] = result
        on_count(len(found), len(jobs))
    return found


def write_structures(path: Path, rows: Sequence[MeasuredStructure]) -> None:
    """Write the table, with the tools that made it; raises OutputError if it cannot be written."""
    versions = tool_versions()
    table = {
        "command": "shiftconv structures measure -o shiftconv/data/structures.json",
        "tool_versions": {name: versions[name] for name in ("yosys", "amaranth")},
        "recipes": {family: recipe_of(family) for family in {row.family: None for row in rows}},
    }
    lines = ",\n".join("    " + json.dumps(asdict(row)) for row in rows)
    head = json.dumps(table, indent=2)[: -len("\n}")]
    write_atomic(path, f'{head},\n  "rows": [\n{lines}\n  ]\n}}\n')


def _fitting(names: Sequence[str], exponent_width: int) -> list[str]:
    return [name for name in names if DOT_PRODUCTS[name].fits(PowerOfTwo(exponent_width))]


def _good_ones(probes: dict[tuple, Measurement]) -> list[str]:
    """Structures near the best at one probe at least, in the registry's order."""
    good = set()
    for size in {job[1:] for job in probes}:
        luts = {job[0]: found.area.lut for job, found in probes.items() if job[1:] == size}
        good |= {name for name, lut in luts.items() if lut <= SLACK * min(luts.values())}
    return [name for name in DOT_PRODUCTS if name in good]


def _row(found: dict[tuple, Measurement], point: tuple[str, int, int, int]) -> MeasuredStructure:
    family, exponent_width, act_width, lanes = point
    areas = {job[0]: result.area for job, result in found.items() if job[1:] == point}
    best = min(areas, key=lambda name: (areas[name].lut, areas[name].ff))
    return MeasuredStructure(
        family=family,
        exponent_width=exponent_width,
        act_width=act_width,
        lanes=lanes,
        structure=best,
        lut_per_lane=round(areas[best].lut / lanes, 2),
        ff_per_lane=round(areas[best].ff / lanes, 2),
        others={name: round(area.lut / lanes, 2) for name, area in areas.items() if name != best},
    )
