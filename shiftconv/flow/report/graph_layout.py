"""Where the nodes of a directed graph go: rows from top to bottom, edges downwards.

After Sugiyama et al., *Methods for Visual Understanding of Hierarchical System Structures* (IEEE
Trans. SMC 1981): each node one row below its lowest source; an edge that passes a row has a place
there; the order in a row by the barycenters of neighbours; and then places as near to the
neighbours as the order allows, by isotonic regression.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Layout", "Path", "layered_layout"]

N_SWEEPS = 8
PASSING_WIDTH = 0.25


@dataclass(frozen=True)
class _Passing:
    """Place of an edge in a row that it passes."""

    edge: tuple[str, str]
    row: int


# Nodes by their names.
Item = str | _Passing


@dataclass(frozen=True)
class Path:
    """An edge.

    Parameters
    ----------
    source, target : str
    columns : tuple of float
        Where it is in each row from its source's to its target's.
    """

    source: str
    target: str
    columns: tuple[float, ...]


@dataclass(frozen=True)
class Layout:
    """Places of nodes.

    Parameters
    ----------
    columns : mapping
        Middle of each node, in widths of a node; the leftmost border is at 0.
    rows : mapping
        Row of each node, from 0.
    paths : tuple of Path
        One per pair of nodes with an edge, in the order of the sources.
    width : float
    n_rows : int
    """

    columns: Mapping[str, float]
    rows: Mapping[str, int]
    paths: tuple[Path, ...]
    width: float
    n_rows: int


def layered_layout(sources: Mapping[str, Sequence[str]]) -> Layout:
    """Places for the nodes of a graph.

    Parameters
    ----------
    sources : mapping
        Of every node the nodes that it takes from, all of them earlier in the mapping.

    Raises
    ------
    ValueError
        If a source does not come before its node.
    """
    rows = _rows(sources)
    edges = [(source, node) for node in sources for source in dict.fromkeys(sources[node])]
    n_rows = max(rows.values(), default=-1) + 1
    chains: dict[tuple[str, str], list[Item]] = {}
    above: dict[Item, list[Item]] = {}
    below: dict[Item, list[Item]] = {}
    lines: list[list[Item]] = [[] for _ in range(n_rows)]
    for node, row in rows.items():
        lines[row].append(node)
    for edge in edges:
        passed = [_Passing(edge, row) for row in range(rows[edge[0]] + 1, rows[edge[1]])]
        for item in passed:
            lines[item.row].append(item)
        chain: list[Item] = [edge[0], *passed, edge[1]]
        chains[edge] = chain
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    _order(lines, above, below)
    places = _place(lines, above, below)
    left = min((place - _width(item) / 2 for item, place in places.items()), default=0.0)
    right = max((place + _width(item) / 2 for item, place in places.items()), default=left)
    return Layout(
        columns={node: places[node] - left for node in rows},
        rows=rows,
        paths=tuple(
            Path(*edge, tuple(places[item] - left for item in chain))
            for edge, chain in chains.items()
        ),
        width=right - left,
        n_rows=n_rows,
    )


def _rows(sources: Mapping[str, Sequence[str]]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for node, taken in sources.items():
        for source in taken:
            if source not in rows:
                raise ValueError(f"{node} takes from {source}, which does not come before it")
        rows[node] = max((rows[source] + 1 for source in taken), default=0)
    return rows


def _width(item: Item) -> float:
    return 1.0 if isinstance(item, str) else PASSING_WIDTH


def _mean(numbers: Iterable[float], otherwise: float) -> float:
    found = list(numbers)
    return sum(found) / len(found) if found else otherwise


def _order(
    lines: list[list[Item]],
    above: Mapping[Item, Sequence[Item]],
    below: Mapping[Item, Sequence[Item]],
) -> None:
    """Sort each line by the middle of its neighbours, down and up in turn."""
    for sweep in range(N_SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        for line in lines if down else reversed(lines):
            order = {item: n for other in lines for n, item in enumerate(other)}
            keys = {
                item: (_mean((order[i] for i in near.get(item, ())), order[item]), order[item])
                for item in line
            }
            line.sort(key=keys.__getitem__)


def _place(
    lines: Sequence[Sequence[Item]],
    above: Mapping[Item, Sequence[Item]],
    below: Mapping[Item, Sequence[Item]],
) -> dict[Item, float]:
    """Move each line as near to its neighbours as its order and widths allow."""
    places: dict[Item, float] = {}
    for line in lines:
        at = -sum(map(_width, line)) / 2
        for item in line:
            places[item] = at + _width(item) / 2
            at += _width(item)
    for sweep in range(N_SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        for line in lines if down else reversed(lines):
            wanted = [_mean((places[i] for i in near.get(item, ())), places[item]) for item in line]
            places.update(zip(line, _spread(wanted, [_width(i) for i in line]), strict=True))
    return places


def _spread(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Places of items side by side, in order, with the least squares of distances to ``wanted``."""
    offsets, at = [], 0.0
    for n, width in enumerate(widths):
        at += (width + widths[n - 1]) / 2 if n else 0.0
        offsets.append(at)
    # Pools of adjacent items that touch: sum and number of what their members want.
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    shifts = [total / count for total, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
