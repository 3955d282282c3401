"""What is planned: layers, limits, rates, boards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from shiftconv.cli.tables.plain import HEADS, number, percent, plain_table

__all__ = [
    "boards_table",
    "front_table",
    "limits_table",
    "operators_table",
    "plan_table",
    "sweep_table",
]


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


def limits_table(rows: Sequence[dict[str, str]]) -> Table:
    """Operators that can be built."""
    table = plain_table(
        "Operators", ("operator", "limits"), [(row["op"], row["limits"]) for row in rows]
    )
    table.columns[1].no_wrap = False
    return table


def operators_table(result: dict[str, Any]) -> Table:
    """What ``check`` thinks of every node."""
    rows = [
        (entry["node"], entry["op"], entry["status"], entry["reason"], entry["fix"])
        for entry in result["operators"]
    ]
    columns = ("node", "operator", "status", "why", "what to do")
    return plain_table(f"Operators of {result['model']}", columns, rows)


def boards_table(rows: Sequence[dict[str, Any]]) -> Table:
    """Boards and devices."""
    columns = ("name", "what", "part", "family", "LUT", "FF", "DSP", "BRAM")
    return plain_table("Boards and devices", columns, [[row[c] for c in row] for row in rows])


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
        "top-1": [percent(row["top1"]) for row in rows],
        "best": ["not proved" if row["proved"] == 0 else None for row in rows],
        "but": [(row["error"] or "").partition(":")[0] or None for row in rows],
    }
    same = {name: set(values) - {None} for name, values in asked.items()}
    same = {name: values for name, values in same.items() if len(values) < 2}
    title = ", ".join(f"{name} {number(*values)}" for name, values in same.items() if values)
    shown = {name: values for name, values in asked.items() if name not in same}
    if not any(found["large RAM"]):
        del found["large RAM"]
    shown |= {name: values for name, values in found.items() if set(values) != {None}}
    table = plain_table(f"Sweep: {title}", tuple(shown), zip(*shown.values(), strict=True))
    for column in table.columns:
        column.no_wrap = column.header != "but" and "asked" not in str(column.header)
    return table
