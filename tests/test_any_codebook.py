"""Networks with weights of every codebook: file, ONNX Runtime, golden model and gateware agree."""

import numpy as np
import pytest

from quant.codebook import (
    IndexedLevels,
    TwosComplement,
    UnequalRanges,
    apot,
    shift_cnn,
    sp2,
)
from quant.onnx_io import read_quantized, write_quantized
from shiftconv.accelerator import Dataflow
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.gateware.layers import check_component
from tests.networks import coded
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized

CODEBOOKS = [
    TwosComplement(4),
    UnequalRanges(2, -1),
    UnequalRanges(3, 1),
    apot(4),
    apot(5),
    sp2(4),
    shift_cnn(3),
    shift_cnn(4),
    IndexedLevels((-40, 0, 5, 16)),
    IndexedLevels((-33, 0, 29, 77)),
]


@pytest.fixture(params=CODEBOOKS, ids=lambda codebook: codebook.name)
def network(request, rng):
    return coded(rng, request.param)


@pytest.mark.parametrize(("family", "max_cycles"), [(None, 36), ("xcup", 300)])
def test_golden_frames_at_the_planned_rate(network, family, max_cycles, rng):
    plan = make_plan(network, max_cycles=max_cycles, target=Target(family=family))
    check_component(Dataflow(plan), network, plan.cycles_per_frame, rng=rng, stall=0.0, n_frames=3)


def test_every_term_has_a_lane(network):
    plan = make_plan(network, max_cycles=300)
    for stage, node in zip(plan.stages, network.nodes, strict=True):
        assert stage.lanes % len(node.layer.codebook.terms) == 0
        assert stage.lanes * stage.cycles >= stage.layer.macs * len(node.layer.codebook.terms)


@pytest.mark.parametrize("level", [LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL])
def test_file_and_referee(network, level, rng, tmp_path):
    path = tmp_path / "coded.onnx"
    write_quantized(network, path)
    again = read_quantized(path)
    assert [node.layer.codebook for node in again.nodes] == [
        node.layer.codebook for node in network.nodes
    ]
    act = frames(rng, network)
    golden = network.infer(act)
    assert np.ptp(golden) > 10
    assert np.array_equal(again.infer(act), golden)
    (found,) = run_quantized(path, act, level).values()
    assert np.array_equal(found, golden)
