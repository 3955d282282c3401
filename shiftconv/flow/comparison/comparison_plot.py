"""LUTs per product of shifts and of multipliers, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shiftconv.flow.comparison.figure import PALETTE, quiet, write_figure

__all__ = ["plot_comparison"]

STYLES = {
    "svpe": ("SVPE: shift lane", PALETTE[0], "o", "-"),
    "lut_multiplier": ("multiplier in LUTs", PALETTE[1], "s", "-"),
    "vpe": ("VPE: multiplier blocks", PALETTE[2], "", "--"),
    "vpe_packed": ("VPE: two products a block", PALETTE[3], "", ":"),
}
PANEL = (3.6, 3.4)


def plot_comparison(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the rows of a comparison as a picture, SVG or whatever the name's end says.

    A row of panels for each family and number of lanes, a panel for each activation width; LUT per
    product against bits per stored weight. The same rows give the same bytes.

    Raises
    ------
    ValueError
        If the name's end stands for no picture.
    OutputError
        If the file cannot be written.
    """
    write_figure(lambda: _figure(rows), path)


def _figure(rows: Sequence[dict[str, Any]]) -> Figure:
    # Two products in a block are two elements of half as many lanes.
    def lanes_of(row):
        return row["lanes"] // 2 if row["lane"] == "vpe_packed" else row["lanes"]

    lines = list(dict.fromkeys((row["family"], lanes_of(row)) for row in rows))
    widths = list(dict.fromkeys(row["act_width"] for row in rows))
    size = PANEL[0] * len(widths) + 0.4, PANEL[1] * len(lines) + 0.7
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(lines), len(widths), squeeze=False)
    for axes_row, (family, lanes) in zip(panels, lines, strict=True):
        for axes, width in zip(axes_row, widths, strict=True):
            here = [
                row
                for row in rows
                if (row["family"], lanes_of(row), row["act_width"]) == (family, lanes, width)
            ]
            _draw(axes, here)
            axes.set_title(f"{family}, {lanes} lanes, {width}-bit activations", fontsize=9)
        axes_row[0].set_ylabel("LUTs per product and cycle")
    for axes in panels[-1]:
        axes.set_xlabel("bits per stored weight")
    handles: dict[str, Artist] = {}
    for axes in panels.flat:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside upper center",
        ncols=4 if len(widths) > 1 else 2,
        frameon=False,
    )
    return figure


def _draw(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    bits = [row["weight_bits"] for row in rows]
    for lane, (label, colour, marker, line) in STYLES.items():
        mine = sorted(
            (row["weight_bits"], row["lut_per_mac"]) for row in rows if row["lane"] == lane
        )
        if not mine:
            continue
        if marker:
            axes.plot(
                *zip(*mine, strict=True), label=label, color=colour, marker=marker,
                linestyle=line, linewidth=1.6, markersize=5, clip_on=False, zorder=3,
            )  # fmt: skip
        else:
            axes.axhline(mine[0][1], label=label, color=colour, linestyle=line, linewidth=1.4)
    axes.set_ylim(bottom=0)
    axes.set_xlim(min(bits) - 0.5, max(bits) + 0.5)
    axes.set_xticks(sorted(set(bits)))
    quiet(axes)
