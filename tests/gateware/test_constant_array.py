"""Dot products with constant weights: the matrix product, in time, at every format."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.constant_array import ConstantArray
from tests.gateware.images import payload_bits


def check(levels, fmt, rng, stall, operands=2):
    lanes = levels.shape[0]
    reach = int(np.abs(levels).sum(axis=0).max()) * fmt.max_abs
    graph = AdderGraph.of_matrix(levels, input_width=fmt.width, operands=operands)
    array = ConstantArray(graph, act_format=fmt, acc_width=reach.bit_length() + 1)
    acts = rng.integers(fmt.lo, fmt.hi + 1, (40, lanes))
    acts[0], acts[1] = fmt.lo, fmt.hi
    acts[2:4] = (
        np.where(levels[:, 0] > 0, fmt.hi, fmt.lo),
        np.where(levels[:, 0] > 0, fmt.lo, fmt.hi),
    )
    recording = simulate_streams(
        array,
        {"i": [payload_bits(row, fmt.width) for row in acts]},
        len(acts),
        stall=stall,
        rng=rng,
    )
    assert recording.payloads == [payload_bits(row, array.acc_width) for row in acts @ levels]
    if not stall:
        assert recording.cycles == [array.latency + 1 + n for n in range(len(acts))]


@pytest.mark.parametrize("codebook", [*map(PowerOfTwo, range(5)), TwosComplement(6)], ids=str)
@pytest.mark.parametrize("width", [2, 8, 16])
@pytest.mark.parametrize("operands", [2, 3])
def test_dot_products_in_time(codebook, width, operands, rng, stall):
    fmt = ActFormat(width, 0, signed=(width + operands) % 3 == 0)
    check(rng.choice(codebook.levels, (9, 5)), fmt, rng, stall, operands)


@pytest.mark.parametrize(
    "levels",
    [
        [[1]],
        [[-4]],
        [[0, 0], [0, 0]],
        [[1, 64], [64, -1]],
        [[-1, 1, 0], [-2, 2, 0], [-4, 1, 0]],
        [[1] * 4, [64] * 4, [-64] * 4],
        [[1, -1], [-1, -1], [-1, -1]],
    ],
    ids=str,
)
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("operands", [2, 3])
def test_corner_matrices(levels, signed, operands, rng, stall):
    check(np.array(levels), ActFormat(4, 0, signed), rng, stall, operands)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_wrong_arguments(shape):
    graph = AdderGraph.of_matrix(np.zeros(shape, np.int64), input_width=8)
    with pytest.raises(ValueError, match="The graph must have inputs and outputs"):
        ConstantArray(graph, act_format=ActFormat(8, 0, signed=True), acc_width=8)
