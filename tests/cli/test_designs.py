"""generate, simulate, synth, compare: what users see of a design."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from quant.onnx_io import write_quantized
from shiftconv.flow.manifest import Manifest
from tests.cli.networks import SHAPE, small_network
from tests.flow.sweep.models import float_file, samples_file

ALWAYS = {"tool_versions", "command", "seconds"}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A labelled npz file for the small network, the labels being its own answers."""
    path = tmp_path_factory.mktemp("data") / "images.npz"
    pixels = np.random.default_rng(2).integers(0, 256, (12, *SHAPE), np.uint8)
    labels = small_network().infer(pixels).reshape(12, -1).argmax(axis=1)
    np.savez(path, images=pixels, labels=labels)
    return path


def test_generate_writes_a_whole_folder(shell, tmp_path):
    model = tmp_path / "q.onnx"
    write_quantized(small_network(), model)
    folder = tmp_path / "design"
    result = shell("generate", model, "--board", "ulx3s_85f", "-o", folder, "--json", "-").json
    assert set(result) > ALWAYS
    # How it was called stands in results.
    assert {path.name for path in folder.iterdir()} == {*result["files"], "results"}
    assert [layer["name"] for layer in result["layers"]] == ["conv", "pool", "dense"]
    assert {"name", "kind", "lanes", "cycles", "memory_bits"} < set(result["layers"][0])
    assert result["macs_per_frame"] == small_network().macs
    assert result["board"] == "ulx3s_85f"
    assert Manifest.read(folder).digest == result["digest"]


def test_the_same_call_gives_the_same_bytes(shell, tmp_path):
    """In another process too, where sets have another order."""
    model, samples = float_file(tmp_path), samples_file(tmp_path)
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        calls = [
            ["quantize", model, "--calibrate", samples, "-o", folder / "q.onnx"],
            ["generate", folder / "q.onnx", "--board", "zcu102", "-o", folder / "design"],
        ]
        for call in calls:
            if folder == folders[0]:
                assert shell(*call).code == 0
            else:
                env = {**os.environ, "PYTHONHASHSEED": "7"}
                subprocess.run([sys.executable, "-m", "shiftconv", *call], env=env, check=True)
    files = Manifest.read(folders[0] / "design").files
    assert len(files) >= 4
    for name in ("q.onnx", *(f"design/{name}" for name in files)):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


@pytest.mark.parametrize("engine", ["compiled", "python"])
@pytest.mark.parametrize("stall", [0, 0.5])
def test_simulate_network(shell, network_folder, images, engine, stall):
    result = shell(
        "simulate", network_folder, "--data", images, "--images", 6, "--engine", engine,
        "--stall", stall, "--json", "-",
    ).json  # fmt: skip
    assert set(result) > ALWAYS
    assert result["mismatched_values"] == 0
    assert result["images"] == 6
    assert result["top1"] == 1.0
    assert result["engine"] == engine
    if not stall:
        assert result["cycles_per_frame"] == result["planned_cycles_per_frame"]


def test_simulate_finds_a_difference(shell, network_folder, images, tmp_path):
    """A network whose file was exchanged after its Verilog was made."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for file in network_folder.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    network = small_network()
    levels = network.nodes[2].layer.levels.copy()
    levels[:, 1] = -levels[:, 1]
    object.__setattr__(network.nodes[2].layer, "levels", levels)
    write_quantized(network, folder / "model.onnx")
    outcome = shell("simulate", folder, "--data", images, "--images", 4)
    assert outcome.code == 1
    assert "values differ from the golden model" in outcome.out


def test_simulate_component_with_waves(shell, conv_folder, tmp_path):
    waves = tmp_path / "waves.vcd"
    result = shell(
        "simulate", conv_folder, "--images", 3, "--vcd", waves, "--json", "-"
    ).json  # fmt: skip
    assert result["mismatched_values"] == 0
    assert result["cycles_per_frame"] == result["planned_cycles_per_frame"]
    assert waves.read_text().startswith("$")


@pytest.mark.parametrize("kind", ["svpe", "vpe", "array"])
def test_bare_elements(shell, tmp_path, kind):
    folder = tmp_path / kind
    assert shell("generate", kind, "--lanes", 5, "--folds", 3, "-o", folder).code == 0
    assert shell("simulate", folder, "--images", 20, "--stall", 0.3).code == 0


def test_synth_network(shell, network_folder):
    result = shell("synth", network_folder, "--device", "zcu102", "--json", "-").json
    assert set(result) > ALWAYS
    assert result["family"] == "xcup"
    assert result["area"]["dsp"] == 0
    names = [stage["name"] for stage in result["stages"]]
    assert names == ["conv", "pool", "dense", "small_"]
    total = sum(stage["area"]["lut"] for stage in result["stages"])
    assert total == result["area"]["lut"] > 0
    assert 0 < result["utilization"]["lut"] < 0.01
    assert any("synth_xilinx" in step for step in result["recipe"])


@pytest.mark.parametrize("family", ["xc7", "ecp5", "ice40", "gowin", "nexus"])
def test_synth_has_no_dsp_on_any_family(shell, conv_folder, family):
    result = shell("synth", conv_folder, "--device", family, "--json", "-").json
    assert result["area"]["dsp"] == 0
    assert result["area"]["lut"] > 100


def test_compare_names_shift_lanes_and_multipliers(shell, tmp_path):
    result = shell(
        "compare", "--input", "3x3x2", "--out-channels", 2, "--kernel", 2, "--padding", 0,
        "--max-cycles", 16, "--exponent-widths", "2", "--work", tmp_path, "--json", "-",
    ).json  # fmt: skip
    shift, multiplier = result["rows"]
    assert (shift["lane"], multiplier["lane"]) == ("svpe", "vpe")
    assert shift["dsp"] == 0
    assert multiplier["dsp"] == multiplier["lanes"] == shift["lanes"]
    assert shift["lut_per_mac"] == round(shift["lut"] / shift["lanes"], 2)


def test_compare_dot_products_and_fill_a_device(shell, tmp_path):
    result = shell(
        "compare", "--lanes", 3, "--act-width", 2, "--exponent-widths", "1", "--fill", "zcu102",
        "--plot", tmp_path / "plot.svg", "--work", tmp_path / "work", "--json", "-",
    ).json  # fmt: skip
    rows = {row["lane"]: row for row in result["rows"]}
    assert list(rows) == ["svpe", "vpe", "vpe_packed", "lut_multiplier"]
    assert [row["dsp"] for row in rows.values()] == [0, 3, 3, 0]
    assert [row["lanes"] for row in rows.values()] == [3, 3, 6, 3]
    assert rows["lut_multiplier"]["weight_bits"] == rows["svpe"]["weight_bits"] == 2
    assert min(rows["lut_multiplier"]["others"].values()) >= rows["lut_multiplier"]["lut_per_mac"]
    assert rows["vpe"]["lut"] < 10
    filled = {row["lane"]: row["macs_per_cycle"] for row in result["fill"]["rows"]}
    assert filled["vpe"] == 2 * 2016
    assert filled["vpe_and_lut_multiplier"] > filled["vpe"]
    assert "<svg" in (tmp_path / "plot.svg").read_text()


def test_recipes_and_structures_are_listed(shell):
    recipes = shell("recipes", "list", "--json", "-").json["rows"]
    assert "synth_ecp5 -nowidelut -top {top}" in {row["recipe"][-1] for row in recipes}
    found = shell("structures", "list", "--family", "ecp5", "--json", "-").json
    assert {row["family"] for row in found["rows"]} == {"ecp5"}
    assert {"structure": "tree", "lane": "svpe"} in found["structures"]


def test_json_file(shell, tmp_path):
    path = tmp_path / "plan.json"
    outcome = shell("plan", "lenet5", "--fps", 1000, "--clock", 10, "--json", path)
    assert "Plan of lenet5" in outcome.out
    result = json.loads(path.read_text())
    assert result["cycles_per_frame"] <= 10_000
    assert "shiftconv plan lenet5" in result["command"]
