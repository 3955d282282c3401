"""How figures look, and how they are written."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure

from shiftconv.flow.files import write_atomic

__all__ = ["FAINT", "INK", "PALETTE", "check_picture", "quiet", "write_figure"]

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


def quiet(axes: Axes) -> None:
    """Leave no more lines than a reader needs."""
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
