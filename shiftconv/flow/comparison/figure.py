"""How figures look, and how they are written."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from shiftconv.flow.files import write_atomic

__all__ = [
    "FAINT",
    "INK",
    "PALETTE",
    "check_picture",
    "logarithmic",
    "quiet",
    "round_marks",
    "write_figure",
]

INK, FAINT = "#333333", "#DDDDDD"
# Colours that people who see red and green alike can tell apart (Okabe and Ito).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LOOK: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "shiftconv",
}


def check_picture(path: Path) -> None:
    """Raise ValueError if the name's end stands for no picture."""
    if path.suffix.removeprefix(".") not in FigureCanvasBase.get_supported_filetypes():
        raise ValueError(f"{path} must end in .svg, .png or .pdf, not {path.suffix!r}")


def write_figure(draw: Callable[[], Figure], path: Path) -> None:
    """Write what ``draw`` draws, SVG or whatever the name's end says; the same bytes each time.

    Raises
    ------
    ValueError
        If the name's end stands for no picture.
    OutputError
        If the file cannot be written.
    """
    check_picture(path)
    kind = path.suffix.removeprefix(".")
    with mpl.rc_context(LOOK):
        figure = draw()
        buffer = io.BytesIO()
        stamp = {"Date": None} if kind == "svg" else None
        figure.savefig(buffer, format=kind, metadata=stamp, dpi=150, bbox_inches="tight")
    write_atomic(path, buffer.getvalue())


MOST_MARKS = 6
# Of numbers from 1 to 10, those that are round enough, from many to few.
ROUND = [
    *(np.arange(1, 10, step).round(3) for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)),
    *(np.array(some, float) for some in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))),
]


def round_marks(low: float, high: float) -> list[float]:
    """Round numbers between two positive ones, not too many, about as far from each other on a
    logarithmic axis."""
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for some in ROUND:
        marks = np.outer(decades, some).ravel()
        inside = marks[(marks >= low) & (marks <= high)]
        if len(inside) <= MOST_MARKS:
            return inside.tolist()
    return inside[:: -(-len(inside) // MOST_MARKS)].tolist()


def logarithmic(axis: Any) -> None:
    """Make an axis of whatever is drawn a logarithmic one, with few marks in plain numbers."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_ticks(round_marks(*sorted(axis.get_view_interval())))
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_locator(NullLocator())


def quiet(axes: Axes) -> None:
    """Leave no more lines than a reader needs."""
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
