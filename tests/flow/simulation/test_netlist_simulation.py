"""Netlists of components and networks against the golden model."""

import re

import numpy as np
import pytest

from quant import zoo
from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.flow.simulation.netlist_cells import FAMILIES_WITH_MODELS
from shiftconv.flow.simulation.netlist_simulation import (
    component_trial,
    network_trial,
    simulate_netlist,
)
from shiftconv.plan import make_plan
from tests.cli.networks import small_network

COMPONENTS = {
    "svpe": PeDesign(weight_width=3, lanes=6, folds=5),
    "vpe": PeDesign(
        lane="vpe", weight_width=8, lanes=5, signed=True, structure="mac_chain", family="ice40"
    ),
    "array": ArrayDesign(weight_width=2, lanes=4, out_par=3, act_width=5, signed=True, folds=3),
    "conv": ConvDesign(in_shape=(6, 6, 3), out_channels=4, in_par=3),
}


def simulated(folder, name, family, *, n=4, **how):
    manifest = generate_component(COMPONENTS[name], folder, name=name)
    trial = component_trial(manifest, n, seed=1)
    return simulate_netlist(folder, manifest, trial, family=family, **how)


@pytest.mark.parametrize("family", ["ecp5", "ice40"])
def test_svpe(tmp_path, family):
    found = simulated(tmp_path / "svpe", "svpe", family, n=30, stall_in=0.3, stall_out=0.3)
    assert found.engine == f"netlist {family}"
    assert found.values == 30
    assert found.mismatched_values == 0
    # Long ones are more than Verilator can keep apart.
    [netlist] = (tmp_path / "svpe" / "synth").glob("*.v")
    assert max(map(len, re.findall(r"\S+", netlist.read_text()))) < 100


def test_instances_of_multiplier_blocks(tmp_path):
    """Yosys cut off what they add."""
    found = simulated(tmp_path / "vpe", "vpe", "ice40")
    assert found.mismatched_values == 0
    assert "SB_MAC16" in next((tmp_path / "vpe" / "synth").glob("*.v")).read_text()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES_WITH_MODELS)
@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_on_every_family(tmp_path, name, family):
    found = simulated(tmp_path / name, name, family, stall_in=0.2, stall_out=0.5)
    assert found.mismatched_values == 0


def test_network(tmp_path):
    folder = tmp_path / "small"
    manifest = generate_network(make_plan(small_network()), folder)
    images = np.random.default_rng(2).integers(0, 256, (3, 8, 8, 1)).astype(np.uint8)
    trial = network_trial(folder, manifest, images)
    found = simulate_netlist(folder, manifest, trial, family="gowin")
    assert (found.images, found.values, found.mismatched_values) == (3, 9, 0)
    assert found.cycles_per_frame == manifest.cycles_per_frame


@pytest.mark.slow
@pytest.mark.parametrize("family", [f for f in FAMILIES_WITH_MODELS if f != "nexus"])
def test_lenet5(tmp_path, family):
    folder = tmp_path / "lenet5"
    plan = make_plan(zoo.load_quantized("lenet5", bits=3), max_cycles=10_000)
    manifest = generate_network(plan, folder)
    samples = zoo.load_samples("lenet5")
    trial = network_trial(folder, manifest, samples.images[:10], samples.labels[:10])
    found = simulate_netlist(folder, manifest, trial, family=family)
    assert found.values == 100
    assert found.mismatched_values == 0
    assert found.cycles_per_frame == plan.cycles_per_frame
