"""Every weight scheme goes all the way: float network, quantized, folded, simulated bit for bit."""

import numpy as np
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.quantizers import QUANTIZERS, make_quantizer
from shiftconv.accelerator import Dataflow
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.gateware.layers import check_component
from tests.quant.float_networks import conv_pool_dense

SCHEMES = [*QUANTIZERS, "clip-q:snap=1", "clip-q:snap=2"]


@pytest.fixture
def graph(rng):
    return conv_pool_dense(rng)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_golden_frames_at_the_planned_rate(scheme, graph, rng):
    kind = QUANTIZERS[scheme.partition(":")[0]]
    bits = kind.all_bits[len(kind.all_bits) // 2]
    network = convert(
        graph,
        rng.random((40, *graph.in_shape)),
        quantizer=make_quantizer(scheme, bits),
        calibration=MinMax(),
    )
    weighted = [node.layer for node in network.nodes if hasattr(node.layer, "codebook")]
    assert all(len(np.unique(layer.levels)) > 2 for layer in weighted)
    plan = make_plan(network, max_cycles=120, target=Target(family="xcup"))
    check_component(Dataflow(plan), network, plan.cycles_per_frame, rng=rng, stall=0.0, n_frames=3)
