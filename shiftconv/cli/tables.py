"""Results as tables for a person."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

__all__ = [
    "area_table",
    "board_run_table",
    "boards_table",
    "comparison_table",
    "dot_comparison_table",
    "estimate_errors_table",
    "evaluation_table",
    "fill_table",
    "front_table",
    "limits_table",
    "operators_table",
    "plain_table",
    "plan_table",
    "pnr_table",
    "proofs_table",
    "recipe_search_table",
    "recipes_table",
    "samples_table",
    "schemes_table",
    "simulation_table",
    "structures_table",
    "sweep_table",
]

HEADS = {"lut": "LUT", "ff": "FF", "bram": "BRAM", "big_ram": "large RAM"}
AREA_COLUMNS = ("lut", "lutram", "ff", "carry", "dsp", "bram")


def _number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """The first column to the left, the others, if they are numbers, to the right."""
    rows = [list(row) for row in rows]
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for n, column in enumerate(columns):
        numbers = all(isinstance(row[n], int | float | None) for row in rows)
        table.add_column(column, justify="right" if n and numbers else "left", no_wrap=numbers)
    for row in rows:
        table.add_row(*map(_number, row))
    return table


def board_run_table(result: dict[str, Any]) -> Table:
    """What ``run`` found."""
    rows = [
        ("images", result["images"]),
        ("frames a second", float(result["frames_per_second"])),
        ("sent again", result["resent"]),
    ]
    if result["top1"] is not None:
        rows.append(("top-1", f"{result['top1']:.2%}"))
    if result["mismatched_values"] is not None:
        rows.append(("values that differ from the golden model", result["mismatched_values"]))
    return plain_table(f"Board on {result['port']}", ("", ""), rows)


def pnr_table(result: dict[str, Any]) -> Table:
    """What ``pnr`` made of a design."""
    rows = [
        ("clock asked for, MHz", round(result["constraint_mhz"], 2)),
        ("clock reached, MHz", round(result["fmax_mhz"], 2)),
        ("frames a second at the clock asked for", round(result["frames_per_second"])),
        ("frames a second at the clock reached", round(result["frames_per_second_at_fmax"])),
        ("seeds tried", len(result["seeds"])),
    ]
    rows += [
        (f"{name} used, of {use['available']:,}", use["used"])
        for name, use in result["utilization"].items()
    ]
    rows.append(("DSP", result["area"]["dsp"]))
    return plain_table(f"On {result['board']} ({result['device']})", ("", ""), rows)


def plan_table(manifest: dict[str, Any]) -> Table:
    """What ``plan`` and ``generate`` decided."""
    rows: list[tuple[Any, ...]] = [
        (
            layer["name"],
            layer["kind"],
            "x".join(map(str, layer["out_shape"])),
            layer["macs"],
            layer["lanes"],
            layer["folds"],
            layer["cycles"],
            layer["memory_bits"],
        )
        for layer in manifest["layers"]
    ]
    total = (
        "in all",
        "",
        "",
        manifest["macs_per_frame"],
        manifest["lanes"],
        "",
        manifest["cycles_per_frame"],
        manifest["memory_bits"],
    )
    columns: tuple[str, ...] = ("layer", "kind", "output", "MACs", "lanes", "folds", "cycles")
    columns += ("memory bits",)
    caption = "folds: window mode, cycles per window x groups of output channels"
    if "estimates" in manifest:
        rest = ("streams, guard", *("" for _ in columns[1:]))
        areas = [*manifest["estimates"].values(), manifest["estimate"]]
        shown = [name for name in HEADS if name != "big_ram" or manifest["estimate"][name]]
        rows = [
            (*row, *(area[name] for name in shown))
            for row, area in zip([*rows, rest, total], areas, strict=True)
        ]
        columns += tuple(HEADS[name] for name in shown)
        caption += f"\nLUT, FF: estimates for {manifest['family']}; memories: counts"
    else:
        rows.append(total)
    table = plain_table(f"Plan of {manifest['name']}", columns, rows)
    table.rows[-2].end_section = True
    table.caption = caption
    return table


def front_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Rates against area."""
    columns = ["cycles per frame", "frames per second", "LUT", "FF", "BRAM", "latency, cycles"]
    names = ["cycles_per_frame", "frames_per_second", "lut", "ff", "bram", "latency_cycles"]
    if rows[0]["frames_per_second"] is None:
        del columns[1], names[1]
    lines = [[row[name] for name in names] for row in rows]
    return plain_table("Rates against area, estimated", columns, lines)


def operators_table(result: dict[str, Any]) -> Table:
    """What ``check`` thinks of every node."""
    rows = [
        (entry["node"], entry["op"], entry["status"], entry["reason"], entry["fix"])
        for entry in result["operators"]
    ]
    columns = ("node", "operator", "status", "why", "what to do")
    return plain_table(f"Operators of {result['model']}", columns, rows)


def limits_table(rows: Sequence[dict[str, str]]) -> Table:
    """Operators that can be built."""
    table = plain_table(
        "Operators", ("operator", "limits"), [(row["op"], row["limits"]) for row in rows]
    )
    table.columns[1].no_wrap = False
    return table


def evaluation_table(result: dict[str, Any]) -> Table:
    """Noise and bits of every layer."""
    rows = [(layer["name"], layer["bits"], layer["sqnr_db"]) for layer in result["layers"]]
    columns = ("layer", "bits per weight", "SQNR, dB")
    return plain_table(f"{result['scheme']}, {result['bits']} bits", columns, rows)


def simulation_table(result: dict[str, Any]) -> Table:
    """Golden model against simulation."""
    rows = [
        ("images", result["images"]),
        ("values compared", result["values"]),
        ("values that differ", result["mismatched_values"]),
        ("top-1, simulated", _percent(result["top1"])),
        ("top-1, golden model", _percent(result["golden_top1"])),
        ("cycles per frame, measured", result["cycles_per_frame"]),
        ("cycles per frame, planned", result["planned_cycles_per_frame"]),
        ("latency, cycles, measured", result["latency_cycles"]),
        ("latency, cycles, planned", result["planned_latency_cycles"]),
        ("frames of the wrong length", result["malformed_frames"]),
        ("frames flagged", result["frame_errors"]),
        ("images simulated before", result["earlier_images"]),
        ("processes", result["processes"]),
        ("simulated images per second", round(result["images_per_second"], 1)),
    ]
    if result["cycles_per_frame"] is None:
        rows[5] = ("cycles per frame, measured mean", result["mean_cycles_per_frame"])
    always = 3
    rows = [row for n, row in enumerate(rows) if n < always or row[1] not in (None, 0)]
    return plain_table(f"Simulation, {result['engine']} engine", ("", ""), rows)


def _percent(fraction: float | None) -> str | None:
    return None if fraction is None else f"{100 * fraction:.2f} %"


def area_table(result: dict[str, Any]) -> Table:
    """Area per stage and in all."""
    target = result["board"] or result["family"]
    rows = [
        (stage["name"], *(stage["area"][column] for column in AREA_COLUMNS))
        for stage in result["stages"]
    ]
    rows.append(("in all", *(result["area"][column] for column in AREA_COLUMNS)))
    if result["utilization"]:
        used = result["utilization"]
        rows.append(
            (
                f"of {target}",
                *(f"{100 * used[c]:.1f} %" if c in used else "" for c in AREA_COLUMNS),
            )
        )
    columns = ("stage", "LUT", "of them memory", "FF", "carry bits", "DSP", "BRAM")
    title = f"Area for {target}, Yosys {result['tool_versions']['yosys']}"
    table = plain_table(title, columns, rows)
    table.rows[len(result["stages"]) - 1].end_section = True
    for column in table.columns[1:]:
        column.justify = "right"
    return table


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


def proofs_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Proofs by what they are about and how they were found."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        what = "/".join(row["name"].split("/")[:2])
        groups.setdefault((what, row["status"], row["method"]), []).append(row)
    lines = [
        (
            what,
            len(group),
            status,
            method,
            max(row["cycles"] for row in group),
            round(sum(row["seconds"] for row in group), 1),
        )
        for (what, status, method), group in groups.items()
    ]
    table = plain_table(
        "Proofs", ("what", "proofs", "verdict", "method", "cycles", "seconds"), lines
    )
    table.caption = (
        "induction: for ever, from as many cycles; exhaustive: for ever, all states are found in "
        "as many cycles; bounded: as many cycles from the first on"
    )
    return table


def _wrapping(table: Table) -> Table:
    """The heads of numbers in two lines rather than the words in the cells."""
    for column in table.columns:
        column.no_wrap = column.justify == "left"
    return table


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
    return _wrapping(plain_table(title, columns, lines))


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
    return _wrapping(plain_table(title, columns, lines))


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


def boards_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Boards and devices."""
    columns = ("name", "what", "part", "family", "LUT", "FF", "DSP", "BRAM")
    return plain_table("Boards and devices", columns, [[row[c] for c in row] for row in rows])


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


def sweep_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Points of a sweep; what was the same for all of them stands in the title."""
    asked = {
        "model": [Path(row["model"]).name for row in rows],
        "scheme": [row["scheme"] for row in rows],
        "bits": [row["bits"] for row in rows],
        "act. bits": [row["act_width"] for row in rows],
        "board": [row["board"] for row in rows],
        "area": [row["method"] for row in rows],
        "cycles asked": [row["max_cycles"] for row in rows],
        "frames/s asked": [row["fps_asked"] for row in rows],
        "latency asked": [row["latency_asked"] for row in rows],
        **{f"{head} asked": [row[f"{name}_asked"] for row in rows] for name, head in HEADS.items()},
    }
    found = {
        "cycles": [row["cycles"] for row in rows],
        "frames/s": [row["fps"] for row in rows],
        "latency": [row["latency"] if row["latency_asked"] else None for row in rows],
        "lanes": [row["lanes"] for row in rows],
        **{head: [row[name] for row in rows] for name, head in HEADS.items()},
        "DSP": [row["dsp"] for row in rows],
        "top-1": [_percent(row["top1"]) for row in rows],
        "best": ["not proved" if row["proved"] == 0 else None for row in rows],
        "but": [(row["error"] or "").partition(":")[0] or None for row in rows],
    }
    same = {name: set(values) - {None} for name, values in asked.items()}
    same = {name: values for name, values in same.items() if len(values) < 2}
    title = ", ".join(f"{name} {_number(*values)}" for name, values in same.items() if values)
    shown = {name: values for name, values in asked.items() if name not in same}
    if not any(found["large RAM"]):
        del found["large RAM"]
    shown |= {name: values for name, values in found.items() if set(values) != {None}}
    table = plain_table(f"Sweep: {title}", tuple(shown), zip(*shown.values(), strict=True))
    for column in table.columns:
        column.no_wrap = column.header != "but" and "asked" not in str(column.header)
    return table


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
