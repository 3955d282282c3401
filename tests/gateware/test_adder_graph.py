"""The graph of additions against the matrix product, and how many additions it takes."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from shiftconv.gateware.adder_graph import AdderGraph


def graph_of(matrix, operands=2):
    return AdderGraph.of_matrix(np.array(matrix), input_width=8, operands=operands)


@pytest.mark.parametrize("codebook", [*map(PowerOfTwo, range(5)), TwosComplement(8)], ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (9, 1), (4, 3), (27, 16)], ids=str)
@pytest.mark.parametrize("operands", [2, 3])
def test_product_with_every_level(codebook, shape, operands, rng):
    matrix = rng.choice(codebook.levels, shape)
    inputs = rng.integers(-128, 128, (2, 7, shape[0]))
    graph = graph_of(matrix, operands)
    assert (graph.compute(inputs) == inputs @ matrix).all()
    for terms in graph.sums:
        assert terms[0][1:] == (0, False)
        assert [term.shift for term in terms] == sorted(term.shift for term in terms)


def test_large_matrix_in_blocks(rng):
    matrix = rng.choice(PowerOfTwo(2).levels, (300, 40))
    inputs = rng.integers(-128, 128, (3, 300))
    graph = graph_of(matrix)
    assert (graph.compute(inputs) == inputs @ matrix).all()
    assert len(graph.sums) < 0.65 * np.count_nonzero(matrix)
    assert len(graph_of(matrix, operands=3).sums) < 0.7 * len(graph.sums)


def test_bounds_are_reached_and_never_passed(rng):
    matrix = rng.choice(PowerOfTwo(3).levels, (5, 4))
    graph = graph_of(matrix)
    corners = np.array(np.meshgrid(*[[-3, 7]] * 5)).reshape(5, -1).T
    bounds = graph.ranges(-3, 7)
    for output, column in zip(graph.outputs, (corners @ matrix).T, strict=True):
        reached = sorted(output.of(bound) for bound in bounds[output.node])
        assert reached == [column.min(), column.max()]


def test_what_columns_have_in_common_is_summed_once():
    """The second column is minus twice the first, the third has it within."""
    graph = graph_of([[1, -2, 4], [-2, 4, -8], [0, 0, 1]])
    assert len(graph.sums) == 2


def test_shifts_and_zeros_cost_nothing():
    graph = graph_of([[4, 0, -1], [0, 0, 0]])
    assert graph.sums == ()
    assert graph.outputs[1] is None
    assert graph.depths() == [0, 0]


def test_same_matrix_same_graph(rng):
    matrix = rng.choice(PowerOfTwo(2).levels, (30, 8))
    assert graph_of(matrix) == graph_of(matrix)
