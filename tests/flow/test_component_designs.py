"""Bare components against their golden stimuli, and their parameters through a manifest."""

import json

import pytest

from shiftconv.flow.component_designs import COMPONENT_DESIGNS, ComponentDesign
from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.simulation.stream_simulation import simulate_streams

DESIGNS = [
    PeDesign(lanes=5, folds=3, weight_width=0),
    PeDesign(lanes=4, folds=2, weight_width=4, act_width=16, signed=True),
    PeDesign(lane="vpe", weight_width=8, lanes=3, folds=4),
    PeDesign(weights="two-term:0,2,4+1,3,5:shared", lanes=3, folds=2),
    PeDesign(weights="indexed-levels:-33,0,29", lanes=2, folds=2),
    ArrayDesign(lanes=3, out_par=2, folds=3, signed=True),
    ConvDesign(in_shape=(4, 5, 3), out_channels=4, in_par=2),
    ConvDesign(in_shape=(5, 4, 3), out_channels=5, window="column", in_par=2, out_par=3),
    ConvDesign(
        lane="vpe", weight_width=4, in_shape=(4, 4, 2), out_channels=2, window="sliding",
        in_par=1, out_par=2,
    ),
]  # fmt: skip


@pytest.fixture(params=DESIGNS, ids=lambda design: f"{design.kind}-{design.lane}")
def design(request) -> ComponentDesign:
    return request.param


@pytest.mark.parametrize("stall", [0, 0.5])
def test_matches_golden(design, rng, stall):
    inputs, expected = design.stimulus(rng, 3)
    found = simulate_streams(design.component(), inputs, len(expected), stall=stall, rng=rng)
    assert found.payloads == expected


def test_parameters_survive_json(design):
    parameters = json.loads(json.dumps(design.as_dict()))
    assert COMPONENT_DESIGNS[design.kind].from_dict(parameters) == design


def test_planned_folding_is_fast_enough():
    design = ConvDesign.planned(max_cycles=32_768)
    assert design.cycles_per_frame == 32_768
    assert design.n_lanes == 144


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PeDesign(lane="abacus"), "svpe, vpe"),
        (lambda: PeDesign(weight_width=5), "0 to 4"),
        (lambda: PeDesign(act_width=1), "2 to 16"),
        (lambda: PeDesign(weights="ternary"), "Codebook 'ternary' is not known"),
        (lambda: PeDesign(folds=0), "positive"),
        (lambda: PeDesign(out_par=2), "one output"),
        (lambda: ConvDesign.from_dict({"colour": 1}), "no parameter 'colour'"),
    ],
)
def test_wrong_parameters(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("weights", "lane", "n_lanes"),
    [
        ("power-of-two:2:0,2,3", "svpe", 4),
        ("two-term:0,1,2+2:shared", "svpe", 8),
        ("indexed-levels:-33,0,29", "vpe", 4),
    ],
)
def test_lanes_of_a_codebook(weights, lane, n_lanes):
    design = PeDesign(weights=weights, lanes=4)
    assert (design.lane, design.n_lanes) == (lane, n_lanes)
