"""What is read from a build folder."""

import json

import pytest

from quant.network import INPUT
from shiftconv.flow.report.gather import gather
from tests.flow.report.designs import component_manifest, full_folder, plain_folder


@pytest.fixture
def full(tmp_path):
    manifest = full_folder(tmp_path / "it")
    return gather(tmp_path / "it", manifest)


def test_everything(full):
    assert [one.engine for one in full.simulations] == ["compiled", "netlist ecp5"]
    assert [one.holds for one in full.simulations] == [True, False]
    assert [one.target for one in full.syntheses] == ["ice40", "zcu102"]
    assert full.synthesis.target == "zcu102"
    assert (full.accuracy.top1, full.comparison.places) == (0.9125, 4)
    assert full.routes[0].holds
    assert full.energies[0].roles["compute"] == 600
    assert full.samples.labels.tolist() == [1, 1, 2]
    assert [one.prefix for one in full.findings] == [
        "generate", "evaluate", "diff", "simulate", "simulate", "synth", "synth", "pnr", "energy",
    ]  # fmt: skip


def test_layers(full):
    first, second, *_ = full.layers
    assert (first.name, first.kind, first.sources) == ("conv2d0", "conv2d", (INPUT,))
    assert (first.out_shape, first.bits, first.sqnr_db) == ((6, 6, 3), 3, 31.44)
    assert (first.area["lut"], second.area["lut"], first.energy) == (100, 101, 250)
    assert (second.sources, second.bits, second.sqnr_db) == (("conv2d0",), None, None)
    assert first.busy == 1
    assert second.busy == second.cycles / full.manifest.cycles_per_frame


def test_nothing(tmp_path):
    manifest = plain_folder(tmp_path / "it")
    found = gather(tmp_path / "it", manifest)
    assert found.findings == ()
    assert found.synthesis is found.samples is found.accuracy is None
    assert found.layers[0].area is found.layers[0].energy is None


def test_what_another_version_left(tmp_path):
    manifest = full_folder(tmp_path / "it")
    path = tmp_path / "it" / "results" / "pnr.ulx3s_85f.json"
    result = json.loads(path.read_text())
    del result["fmax_mhz"]
    path.write_text(json.dumps(result))
    assert gather(tmp_path / "it", manifest).routes == ()


def test_a_component(tmp_path):
    found = gather(tmp_path, component_manifest())
    assert (found.network, found.layers) == (None, ())
