"""A network as boxes and lines with coordinates, for an SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from quant.layers import Shape
from quant.network import INPUT
from shiftconv.flow.report.gather import LayerFacts
from shiftconv.flow.report.graph_layout import Path, layered_layout

__all__ = ["Box", "NetworkDrawing", "draw_network", "shape_text"]

BOX_WIDTH, BOX_HEIGHT = 268, 64
COLUMN, ROW = 284, 92
MARGIN = 4
MAX_NAME, MAX_NOTE = 22, 40


@dataclass(frozen=True)
class Box:
    """A layer, or the network's input.

    Parameters
    ----------
    x, y : float
        Upper left corner.
    name : str
        In full.
    short : str
        As much of the name as has room.
    shape : str
        Of what it gives.
    note : str
        Kind and folds, as far as they have room.
    figures : str
        Lanes and cycles.
    busy : float or None
        Share of the frame's cycles; None for the input.
    """

    x: float
    y: float
    name: str
    short: str
    shape: str
    note: str
    figures: str
    busy: float | None


@dataclass(frozen=True)
class NetworkDrawing:
    """Boxes, and lines from the bottom of one to the top of another.

    Parameters
    ----------
    width, height : float
    boxes : tuple of Box
    lines : tuple of str
        As the ``d`` of SVG paths.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]


def shape_text(shape: Shape) -> str:
    """``28×28×6``."""
    return "×".join(map(str, shape))


def draw_network(in_shape: Shape, layers: Sequence[LayerFacts]) -> NetworkDrawing:
    """Layers from top to bottom, each below those that it takes from."""
    layout = layered_layout({INPUT: (), **{layer.name: layer.sources for layer in layers}})

    def corner(name: str) -> tuple[float, float]:
        middle = MARGIN + layout.columns[name] * COLUMN
        return round(middle - BOX_WIDTH / 2, 1), MARGIN + layout.rows[name] * ROW

    x, y = corner(INPUT)
    boxes = [Box(x, y, INPUT, INPUT, shape_text(in_shape), "", "", None)]
    for layer in layers:
        x, y = corner(layer.name)
        lanes = f"{layer.lanes:,} lane{'' if layer.lanes == 1 else 's'} · " if layer.lanes else ""
        boxes.append(
            Box(
                x,
                y,
                layer.name,
                _cut(layer.name, MAX_NAME),
                shape_text(layer.out_shape),
                _cut(f"{layer.kind} · {layer.folds.replace(' x ', ' × ')}", MAX_NOTE),
                f"{lanes}{layer.cycles:,} cycles",
                layer.busy,
            )
        )
    return NetworkDrawing(
        width=round(2 * MARGIN + layout.width * COLUMN, 1),
        height=2 * MARGIN + (layout.n_rows - 1) * ROW + BOX_HEIGHT,
        boxes=tuple(boxes),
        lines=tuple(_line(path, layout.rows[path.source]) for path in layout.paths),
    )


def _line(path: Path, row: int) -> str:
    """Straight past the rows that it passes, curved between them."""
    xs = [round(MARGIN + column * COLUMN, 1) for column in path.columns]
    y = MARGIN + row * ROW + BOX_HEIGHT
    gap = ROW - BOX_HEIGHT
    steps = [f"M{xs[0]:g} {y}"]
    for before, after in pairwise(xs):
        if len(steps) > 1:
            steps.append(f"V{y}")
        middle, end = y + gap / 2, y + gap
        steps.append(f"C{before:g} {middle:g} {after:g} {middle:g} {after:g} {end}")
        y += ROW
    return "".join(steps)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
