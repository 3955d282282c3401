"""Layered layouts: worked out by hand, and what holds for any graph."""

from itertools import pairwise

import numpy as np
import pytest

from quant.network import INPUT
from shiftconv.flow.report.graph_layout import PASSING_WIDTH, layered_layout
from tests.networks import GRAPHS, random_graph


def sources_of(network):
    return {INPUT: (), **{node.name: node.inputs for node in network.nodes}}


def check(sources):
    """Nothing overlaps, edges lead down, nothing sticks out."""
    layout = layered_layout(sources)
    spans = [[] for _ in range(layout.n_rows)]
    for node, row in layout.rows.items():
        spans[row].append((layout.columns[node] - 0.5, layout.columns[node] + 0.5))
        assert row == max((layout.rows[s] + 1 for s in sources[node]), default=0)
    for path in layout.paths:
        first, last = layout.rows[path.source], layout.rows[path.target]
        assert len(path.columns) == last - first + 1
        assert path.columns[0] == layout.columns[path.source]
        assert path.columns[-1] == layout.columns[path.target]
        for row, column in enumerate(path.columns[1:-1], first + 1):
            spans[row].append((column - PASSING_WIDTH / 2, column + PASSING_WIDTH / 2))
    for line in spans:
        line.sort()
        for (_, end), (begin, _) in pairwise(line):
            assert end <= begin + 1e-9
    borders = [border for line in spans for span in line for border in span]
    assert min(borders) == pytest.approx(0)
    assert max(borders) == pytest.approx(layout.width)
    assert {(p.source, p.target) for p in layout.paths} == {
        (source, node) for node in sources for source in sources[node]
    }
    return layout


def test_a_chain_is_a_column():
    layout = check({"a": (), "b": ("a",), "c": ("b",)})
    assert layout.columns == {"a": 0.5, "b": 0.5, "c": 0.5}
    assert layout.rows == {"a": 0, "b": 1, "c": 2}
    assert layout.width == 1


def test_a_diamond_is_even():
    layout = check({"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")})
    assert layout.columns == {"a": 1, "b": 0.5, "c": 1.5, "d": 1}
    assert layout.width == 2


def test_a_shortcut_passes_beside():
    layout = check({"a": (), "b": ("a",), "c": ("b", "a")})
    passing = next(path for path in layout.paths if (path.source, path.target) == ("a", "c"))
    assert abs(passing.columns[1] - layout.columns["b"]) == (1 + PASSING_WIDTH) / 2


def test_branches_do_not_cross():
    """Two branches whose order in the file is the other way round at their ends."""
    layout = check(
        {"in": (), "l": ("in",), "r": ("in",), "r2": ("r",), "l2": ("l",), "all": ("r2", "l2")}
    )
    left = layout.columns["l"] < layout.columns["r"]
    assert (layout.columns["l2"] < layout.columns["r2"]) == left


def test_one_source_twice_is_one_line():
    assert len(check({"a": (), "b": ("a", "a")}).paths) == 1


@pytest.mark.parametrize("name", GRAPHS)
def test_networks(rng, name):
    check(sources_of(GRAPHS[name](rng)))


@pytest.mark.parametrize("seed", range(20))
def test_any_graph(seed):
    sources = sources_of(random_graph(np.random.default_rng(seed), 12))
    assert check(sources) == layered_layout(sources)


def test_wrong_order():
    with pytest.raises(ValueError, match="b takes from c, which does not come before it"):
        layered_layout({"a": (), "b": ("c",), "c": ()})
