"""A sweep as a picture: area over rate, or accuracy over area."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from shiftconv.flow.comparison.figure import INK, PALETTE, logarithmic, quiet, write_figure

__all__ = ["plot_sweep"]

PANEL = (5.4, 3.8)
MARKERS = "osD^vP*"
LEGEND_COLUMNS = 3
LEAST_WRONG = 0.01


def plot_sweep(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows as a picture, SVG or whatever the name's end says; a line of panels for each
    model, a panel for each board.

    Top-1, on a logarithmic axis of what is wrong, over LUTs where accuracy is known of every row;
    else LUTs over frames per second or, if not every row has a clock, over cycles per frame. A line
    joins the points of a scheme and its bits that fit; those that do not are hollow.

    Raises
    ------
    ValueError
        If no row has an area, or the name's end stands for no picture.
    OutputError
        If the file cannot be written.
    """
    drawn = [row for row in rows if row["lut"] is not None]
    if not drawn:
        raise ValueError("No point has an area: there is nothing to draw")
    write_figure(lambda: _figure(drawn), path)


def _figure(rows: Sequence[dict[str, Any]]) -> Figure:
    models = list(dict.fromkeys(row["model"] for row in rows))
    places = list(dict.fromkeys((row["board"], row["method"]) for row in rows))
    series = list(dict.fromkeys(map(_series, rows)))
    accurate = all(row["top1"] is not None for row in rows)
    rate = "fps" if all(row["fps"] is not None for row in rows) else "cycles"
    n_lines = -(-len(series) // LEGEND_COLUMNS)
    size = (PANEL[0] * len(places), PANEL[1] * len(models) + 0.25 * n_lines)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(models), len(places), squeeze=False)
    for (model, (board, method)), axes in zip(product(models, places), panels.flat, strict=True):
        panel = model, board, method
        mine = [row for row in rows if (row["model"], row["board"], row["method"]) == panel]
        if not mine:
            axes.set_visible(False)
            continue
        _draw(axes, mine, series, *(("lut", _wrong) if accurate else (rate, _luts)))
        axes.set_title(f"{Path(model).name}, {board}", fontsize=9)
        axes.set_xlabel(_LABELS["lut" if accurate else rate].format(method=method))
        axes.set_ylabel("top-1, %" if accurate else _LABELS["lut"].format(method=method))
    figure.legend(
        handles=_legend(series, any(row["error"] for row in rows)),
        loc="outside lower center", ncols=LEGEND_COLUMNS, frameon=False,
    )  # fmt: skip
    return figure


def _legend(series: Sequence[tuple[str, int, int]], some_do_not_fit: bool) -> list[Line2D]:
    widths = {width for _, _, width in series}
    lines = [
        Line2D(
            [], [], markersize=5, **_style(n),
            label=f"{scheme}, {bits} bits" + (f", activations {act}" if len(widths) > 1 else ""),
        )
        for n, (scheme, bits, act) in enumerate(series)
    ]  # fmt: skip
    if some_do_not_fit:
        lines.append(
            Line2D([], [], color=INK, marker="o", markerfacecolor="white", linestyle="",
                   markersize=5, label="does not fit")
        )  # fmt: skip
    return lines


def _style(n: int) -> dict[str, Any]:
    """Of the series ``n``; no two of several dozen have colour, marker and line in common."""
    turn, place = divmod(n, len(PALETTE))
    return {
        "color": PALETTE[place],
        "marker": MARKERS[(place + 3 * turn) % len(MARKERS)],
        "linestyle": ("-", "--", "-.", ":")[turn % 4],
        "linewidth": 1.2,
    }


_LABELS = {"lut": "LUT, {method}", "fps": "frames per second", "cycles": "cycles per frame"}


def _series(row: dict[str, Any]) -> tuple[str, int, int]:
    return row["scheme"], row["bits"], row["act_width"]


def _luts(row: dict[str, Any]) -> float:
    return row["lut"]


def _wrong(row: dict[str, Any]) -> float:
    """Per cent of the images; no less than can be drawn."""
    return max(100 * (1 - row["top1"]), LEAST_WRONG)


def _draw(
    axes: Axes,
    rows: Sequence[dict[str, Any]],
    series: Sequence[tuple[str, int, int]],
    x: str,
    y: Callable[[dict[str, Any]], float],
) -> None:
    for n, name in enumerate(series):
        mine = sorted((row for row in rows if _series(row) == name), key=lambda row: row[x])
        style = _style(n)
        fit = [row for row in mine if not row["error"]]
        axes.plot([row[x] for row in fit], list(map(y, fit)), **style | {"marker": ""})
        for row in mine:
            face = "white" if row["error"] else style["color"]
            axes.plot(
                row[x], y(row), markersize=5, markerfacecolor=face, zorder=3,
                **style | {"linestyle": ""},
            )  # fmt: skip
    logarithmic(axes.xaxis)
    logarithmic(axes.yaxis)
    if y is _wrong:
        axes.invert_yaxis()
        axes.yaxis.set_major_formatter(lambda wrong, _: f"{100 - wrong:g}")
    quiet(axes)
