"""Toggles of netlists, against those counted from a wave and from the data."""

import numpy as np
import pytest

from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.energy.activity import KINDS, Toggles, kind_of, measure_activity, toggles_of
from shiftconv.flow.energy.energy import RELATIVE_WEIGHTS, energy_of, macs_of
from shiftconv.flow.energy.saif import NetActivity, parse_saif
from shiftconv.flow.generate import generate_component
from shiftconv.flow.simulation.netlist_simulation import component_trial, netlist_model, run_trial

DESIGN = PeDesign(weight_width=2, lanes=4, folds=1, act_width=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("activity") / "svpe"
    return folder, generate_component(DESIGN, folder, name="svpe")


@pytest.fixture(scope="module")
def measured(folder, tmp_path_factory):
    saif = tmp_path_factory.mktemp("saif") / "svpe.saif"
    trial = component_trial(folder[1], 40, seed=1)
    return measure_activity(*folder, trial, family="gowin", saif=saif, parts=True), saif, trial


def test_inputs_toggle_as_the_data_do(folder, measured):
    """Windows of random data, one a cycle, from the first output to the last."""
    activity, saif, trial = measured
    model = netlist_model(*folder, "gowin", trace="saif", parts=True)
    run = run_trial(model, trial)
    first, last = run.out_cycle[[0, -1]]
    assert (activity.frames, activity.cycles) == (39, last - first)
    # After its end the input has a random byte in all places, which is not ours to know.
    taken = np.flatnonzero((run.in_cycle >= first) & (run.in_cycle <= last))
    assert (np.diff(run.in_cycle) == 1).all()
    bits = np.unpackbits(trial.beats[taken], axis=1, bitorder="little").astype(int)
    toggles = counted(model, trial, saif.with_name("data.saif"), (first, run.in_cycle[-1]))
    for place in range(bits.shape[1]):
        # One more for a bit that is high at the beginning.
        flips = np.abs(np.diff(bits[:, place])).sum() + bits[0, place]
        assert toggles["top", "bench", "dut"][f"s_axis_tdata[{place}]"].toggles == flips


def counted(model, trial, path, cycles):
    run_trial(model, trial, waves=path, wave_cycles=tuple(map(int, cycles)))
    return parse_saif(path.read_text())


def test_parts_and_kinds(measured):
    activity, saif, _ = measured
    assert set(activity.parts) == {"", "core.dot_product"}
    total = activity.total
    assert total.toggles["ff"] > total.toggles["sum"] > 0
    assert total.toggles["lut"] > 0
    assert total.toggles["ram"] == total.toggles["dsp"] == total.dsp_inputs == 0
    assert total == Toggles.__add__(*activity.parts.values())
    assert set(total.toggles) == set(KINDS)
    assert parse_saif(saif.read_text())


def test_energy_is_the_sum_of_weighed_toggles(folder, measured):
    activity, _, _ = measured
    manifest = folder[1]
    energy = energy_of(manifest, activity)
    expected = sum(RELATIVE_WEIGHTS[kind] * activity.total.toggles[kind] for kind in KINDS) / 39
    assert energy.relative_per_frame == pytest.approx(expected)
    assert sum(energy.roles.values()) == pytest.approx(expected)
    assert macs_of(manifest) == 4
    assert energy.relative_per_mac == pytest.approx(expected / 4)
    assert energy.roles["compute"] > 0.9 * expected
    assert energy.roles["line buffer"] == 0
    assert energy.stages == {}


def test_weights_of_the_model():
    """As its docstring derives them."""
    assert RELATIVE_WEIGHTS["lut"] == 1
    assert RELATIVE_WEIGHTS["ff"] == pytest.approx(0.49, abs=0.005)
    assert RELATIVE_WEIGHTS["dsp_inputs"] == pytest.approx(0.42, abs=0.005)
    assert RELATIVE_WEIGHTS["carry"] == pytest.approx(0.51 / 6, abs=0.005)
    assert RELATIVE_WEIGHTS["ram_cycles"] == pytest.approx(16.5 * 0.42, rel=0.01)


@pytest.mark.parametrize(
    ("cell", "family", "kind"),
    [
        ("LUT6", "xcup", "lut"),
        ("INV", "xc7", "lut"),
        ("FDRE", "xcup", "ff"),
        ("CARRY4", "xc7", "carry"),
        ("SRL16E", "xcup", "lutram"),
        ("RAMB18E2", "xcup", "ram"),
        ("DSP48E2", "xcup", "dsp"),
        ("CCU2C", "ecp5", "carry"),
        ("ALU", "gowin", "carry"),
        ("SB_RAM40_4K", "ice40", "ram"),
        ("$mul", "gowin", None),
    ],
)
def test_kinds(cell, family, kind):
    assert kind_of(cell, family) == kind


def test_one_frame_is_not_enough(folder):
    trial = component_trial(folder[1], 1, seed=0)
    with pytest.raises(ValueError, match="give at least 2, not 1"):
        measure_activity(*folder, trial, family="gowin")


def cell(kind, inputs, outputs):
    directions = dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output")
    return {"type": kind, "port_directions": directions, "connections": inputs | outputs}


def test_what_counts():
    """Outputs that somebody reads, operands of multipliers, cycles of memories."""
    module = {
        "ports": {"o": {"bits": [20, 21]}},
        "netnames": {f"n{bit}": {"bits": [bit]} for bit in range(2, 30)}
        | {"o": {"bits": [20, 21]}},
        "cells": {
            "lut": cell("LUT2", {"I0": [2], "I1": [3]}, {"O": [4]}),
            "unread": cell("LUT1", {"I0": [2]}, {"O": [5]}),
            "chain": cell("CARRY4", {"S": [4, "0"]}, {"O": [6, 7], "CO": [8, 9]}),
            "ff": cell("FDRE", {"D": [6], "C": [10]}, {"Q": [20]}),
            "dsp": cell("DSP48E2", {"A": [20, "1"], "B": [8], "CLK": [10]}, {"P": [21, 11]}),
            "ram": cell("RAMB18E2", {"ENARDEN": ["1"], "ENBWREN": [3]}, {"DOUTADOUT": [12]}),
            "scope": cell("$scopeinfo", {}, {}),
        },
    }
    nets = {f"n{bit}": NetActivity(toggles=bit, high=6) for bit in range(2, 20)}
    nets |= {"o[0]": NetActivity(100, 0), "o[1]": NetActivity(1000, 0)}
    found = toggles_of(module, nets, "xcup", 50)
    expected = {"lut": 4, "ff": 100, "sum": 6, "carry": 8, "dsp": 1000}
    assert found.toggles == dict.fromkeys(KINDS, 0) | expected
    assert found.dsp_inputs == 100 + 8
    assert found.ram_cycles == 50 + 6 / 2
