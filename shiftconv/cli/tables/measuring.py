"""What was measured of a design."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from shiftconv.cli.tables.plain import AREA_COLUMNS, percent, plain_table

__all__ = [
    "area_table",
    "board_run_table",
    "evaluation_table",
    "pnr_table",
    "proofs_table",
    "simulation_table",
]


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
        ("top-1, simulated", percent(result["top1"])),
        ("top-1, golden model", percent(result["golden_top1"])),
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
