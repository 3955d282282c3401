"""What stands side by side."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from shiftconv.cli.tables.plain import plain_table, wrapping

__all__ = [
    "comparison_table",
    "dot_comparison_table",
    "estimate_errors_table",
    "fill_table",
    "recipe_search_table",
    "recipes_table",
    "samples_table",
    "schemes_table",
    "structures_table",
]


def comparison_table(result: dict[str, Any]) -> Table:
    """Shift lanes against multipliers."""
    rows = [
        (
            row["lane"].upper(),
            row["exponent_width"],
            row["weight_bits"],
            row["act_width"],
            row["lanes"],
            row["lut"],
            row["lutram"],
            row["ff"],
            row["dsp"],
            row["bram"],
            row["lut_per_mac"],
        )
        for row in result["rows"]
    ]
    columns = (
        "lane",
        "exponent width",
        "weight bits",
        "act. bits",
        "lanes",
        "LUT",
        "of them memory",
        "FF",
        "DSP",
        "BRAM",
        "LUT/MAC",
    )
    title = f"{result['title']}, {result['family']}, Yosys {result['tool_versions']['yosys']}"
    return plain_table(title, columns, rows)


LANES = {
    "svpe": "SVPE",
    "vpe": "VPE",
    "vpe_packed": "VPE, packed",
    "lut_multiplier": "LUT multiplier",
    "vpe_and_lut_multiplier": "VPE + LUT mult.",
}


def dot_comparison_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Dot products of shifts and of multipliers."""
    lines = [
        (
            LANES[row["lane"]],
            row["structure"],
            row["exponent_width"],
            *(row[name] for name in ("weight_bits", "act_width", "lanes", "lut", "ff", "dsp")),
            row["lut_per_mac"],
        )
        for row in rows
    ]
    columns = (
        *("lane", "structure", "exponent width", "weight bits", "act. bits", "MAC a cycle"),
        *("LUT", "FF", "DSP", "LUT/MAC"),
    )
    title = f"Dot products, {rows[0]['family']}, Yosys {rows[0]['yosys']}"
    return wrapping(plain_table(title, columns, lines))


def fill_table(result: dict[str, Any]) -> Table:
    """Products per cycle in a device."""
    lines = [
        (
            LANES[row["lane"]],
            row["exponent_width"],
            *(row[name] for name in ("weight_bits", "act_width", "macs_per_cycle")),
            " + ".join(f"{part:,}" for part in row["parts"]) if len(row["parts"]) > 1 else "",
            *(row[name] for name in ("lut", "ff", "dsp", "limited_by")),
        )
        for row in result["rows"]
    ]
    columns = (
        *("lane", "exponent width", "weight bits", "act. bits", "MAC a cycle", "in DSP + in LUT"),
        *("LUT", "FF", "DSP", "limited by"),
    )
    title = f"{result['board']}, {100 * result['bound']:g} % of it full"
    return wrapping(plain_table(title, columns, lines))


def recipes_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Yosys commands per family."""
    return plain_table(
        "Recipes", ("family", "commands"), [(r["family"], "; ".join(r["recipe"])) for r in rows]
    )


def recipe_search_table(result: dict[str, Any]) -> Table:
    """Recipes on the sample designs, the best first."""
    designs = list(result["trials"][0]["lut"])
    rows = [
        (trial["name"], *(trial["lut"].get(design) for design in designs), trial["total"])
        if trial["failed"] is None
        else (trial["name"], *[None] * (len(designs) + 1))
        for trial in result["trials"]
    ]
    table = plain_table(
        f"LUTs for {result['family']}: {result['best']} is best, "
        f"the worst takes {100 * result['spread']:.1f} % more",
        ("recipe", *designs, "in all"),
        rows,
    )
    for column in table.columns[1:]:
        column.no_wrap = False
    return table


def structures_table(rows: Sequence[Any]) -> Table:
    """The best structure for each size."""
    lines = [
        (
            row.family,
            row.exponent_width,
            row.act_width,
            row.lanes,
            row.structure,
            row.lut_per_lane,
            row.ff_per_lane,
            ", ".join(f"{name} {lut:g}" for name, lut in row.others.items()),
        )
        for row in rows
    ]
    columns = ("family", "exponent width", "act. bits", "lanes", "best", "LUT/lane", "FF/lane")
    return plain_table("Structures", (*columns, "others, LUT/lane"), lines)


def schemes_table(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    """Kinds with their options and what these are by default."""
    lines = [
        (
            row["name"],
            ", ".join(map(str, row.get("bits", ()))),
            ", ".join(f"{option}={value}" for option, value in row["options"].items()),
            row["what"],
        )
        for row in rows
    ]
    return plain_table(title, ("name", "bits", "options", "what"), lines)


def samples_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Samples that estimates are fitted to."""
    return plain_table("Samples", ("family", "samples"), [tuple(row.values()) for row in rows])


def estimate_errors_table(rows: Sequence[Any]) -> Table:
    """Errors of estimates, median and 95th percentile."""
    return plain_table(
        "Estimates against synthesis, absolute error: median, 95th percentile",
        ("family", "stages", "LUT", "FF", "carry", "block memory exact"),
        [
            (
                row.family,
                row.n,
                *(f"{median:.1%}, {p95:.1%}" for median, p95 in (row.lut, row.ff, row.carry)),
                f"{row.bram_exact:.1%}",
            )
            for row in rows
        ],
    )
