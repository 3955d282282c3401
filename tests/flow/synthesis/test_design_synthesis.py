"""Synthesis of build folders: multipliers only where they are meant."""

import json

import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.quantizers import make_quantizer
from shiftconv.flow.generate import generate_network
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.synthesis.design_synthesis import synth_design
from shiftconv.flow.synthesis.synthesize import DspError
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.quant.float_networks import conv_pool_dense


@pytest.fixture
def folder(rng, tmp_path):
    """A network of equal steps for a family with multipliers."""
    graph = conv_pool_dense(rng)
    network = convert(
        graph,
        rng.random((8, *graph.in_shape)),
        quantizer=make_quantizer("uniform", 8),
        calibration=MinMax(),
    )
    generate_network(make_plan(network, target=Target(family="xcup")), tmp_path / "net")
    return tmp_path / "net"


def test_multipliers_that_are_meant(folder):
    manifest = Manifest.read(folder)
    assert [layer["structure"] for layer in manifest.layers] == ["dsp_cascade", None, "dsp_cascade"]
    result = synth_design(folder, manifest, family="xcup")
    areas = {stage.name: stage.area for stage in result.stages}
    assert areas["core.conv"].dsp > 0
    assert areas["core.dense"].dsp > 0
    assert areas["core.pool"].dsp == 0


def test_multipliers_that_are_not(folder):
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    for layer in content["layers"]:
        layer["structure"] = layer["structure"] and "tree"
    path.write_text(json.dumps(content))
    with pytest.raises(DspError, match=r"has \d+ DSP, in .*core.conv"):
        synth_design(folder, Manifest.read(folder), family="xcup")
