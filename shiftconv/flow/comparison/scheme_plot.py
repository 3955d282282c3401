"""Accuracy over area: every scheme's loss against what its products take."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from shiftconv.flow.comparison.figure import INK, PALETTE, quiet, write_figure

__all__ = ["plot_schemes"]

PANEL = (5.6, 4.2)
MARKERS = "osD^vP*"
LEAST, MOST = 0.01, 30.0


def plot_schemes(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows as a picture, SVG or whatever the name's end says; a panel for each network.

    Each scheme is a line through its bits, which stand beside the points: full where the weights
    were retrained, else with hollow markers. Points lost against the float network have a
    logarithmic axis that ends at 0.01, where no loss and less stand, and at 30, where more does.

    Parameters
    ----------
    rows : sequence of dict
        ``network``, ``scheme``, ``bits``, ``training``, ``points_lost``, ``lut_per_mac``.
    path : Path

    Raises
    ------
    ValueError
        If no row has an area, or the name's end stands for no picture.
    OutputError
        If the file cannot be written.
    """
    known = [row for row in rows if row["lut_per_mac"] is not None]
    if not known:
        raise ValueError("No row has an area: there is nothing to draw")
    write_figure(lambda: _figure(known), path)


def _figure(rows: Sequence[dict[str, Any]]) -> Figure:
    networks = list(dict.fromkeys(row["network"] for row in rows))
    schemes = list(dict.fromkeys(row["scheme"] for row in rows))
    figure = Figure(figsize=(PANEL[0] * len(networks), PANEL[1] + 1), layout="constrained")
    panels = figure.subplots(1, len(networks), squeeze=False)[0]
    for axes, network in zip(panels, networks, strict=True):
        _draw(axes, [row for row in rows if row["network"] == network], schemes)
        axes.set_title(network, fontsize=9)
        axes.set_xlabel("LUTs per product and cycle")
    panels[0].set_ylabel("points of top-1 lost against the float network")
    handles: dict[str, Any] = {}
    for axes in panels:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False
    )
    return figure


def _draw(axes: Axes, rows: Sequence[dict[str, Any]], schemes: Sequence[str]) -> None:
    for n, scheme in enumerate(schemes):
        turn, place = divmod(n, len(PALETTE))
        # No two of several dozen schemes have both colour and marker in common.
        colour, marker = PALETTE[place], MARKERS[(place + 3 * turn) % len(MARKERS)]
        ways = dict.fromkeys(row["training"] for row in rows if row["scheme"] == scheme)
        for way in ways:
            mine = sorted(
                (row["bits"], row["lut_per_mac"], min(max(row["points_lost"], LEAST), MOST))
                for row in rows
                if (row["scheme"], row["training"]) == (scheme, way)
            )
            bits, luts, lost = zip(*mine, strict=True)
            retrained = way != "none"
            axes.plot(
                luts, lost, label=f"{scheme}, {way}" if retrained else scheme, color=colour,
                marker=marker, markerfacecolor=colour if retrained else "white", linewidth=1.2,
                linestyle=("-", "--", "-.", ":")[turn % 4], markersize=5, zorder=3,
            )  # fmt: skip
            for bit, lut, loss in zip(bits, luts, lost, strict=True):
                axes.annotate(
                    str(bit), (lut, loss), xytext=(4, 3), textcoords="offset points",
                    fontsize=6, color=INK,
                )  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yscale("log")
    axes.set_ylim(MOST * 1.3, LEAST / 1.3)
    ticks = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]
    labels = ["≤ 0.01", *(f"{tick:g}" for tick in ticks[1:-1]), "≥ 30"]
    axes.set_yticks(ticks, labels)
    axes.yaxis.set_minor_locator(NullLocator())
    quiet(axes)
