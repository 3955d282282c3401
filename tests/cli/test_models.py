"""check, quantize, evaluate, plan, boards."""

import numpy as np
import pytest

from quant import zoo
from quant.onnx_io import read_quantized


def test_check_accepts_lenet5(shell):
    result = shell("check", "lenet5", "--json", "-").json
    assert result["supported"]
    assert {"node", "op", "status", "reason", "fix"} == set(result["operators"][0])
    assert {entry["op"] for entry in result["operators"]} >= {"Conv", "MaxPool", "Gemm", "Relu"}


def test_quantize_then_evaluate(shell, tmp_path):
    model = tmp_path / "folder" / "q.onnx"
    made = shell("quantize", zoo.float_path("lenet5"), "--bits", 3, "-o", model,
                 "--calibrate", _samples(tmp_path), "--json", "-").json  # fmt: skip
    assert made["bits"] == 3
    assert made["scheme"] == "nearest"
    assert read_quantized(model).nodes[0].layer.codebook.exponent_width == 2
    result = shell("evaluate", model, "--data", _labelled(tmp_path), "--json", "-").json
    assert result["images"] == 500
    assert result["top1"] > 0.97
    assert [layer["name"] for layer in result["layers"]] == [
        layer["name"] for layer in made["layers"]
    ]


def _samples(folder):
    path = folder / "samples.npz"
    np.savez(path, images=zoo.load_samples("lenet5").calibration)
    return path


def _labelled(folder):
    samples = zoo.load_samples("lenet5")
    path = folder / "labelled.npz"
    np.savez(path, images=samples.images, labels=samples.labels)
    return path


@pytest.mark.parametrize("bits", [3, 4])
def test_evaluate_the_network_that_ships(shell, bits):
    result = shell("evaluate", "lenet5", "--bits", bits, "--json", "-").json
    assert result["bits"] == bits
    assert result["top1"] > 0.98


def test_schemes_and_their_options(shell, tmp_path):
    listed = shell("schemes", "--json", "-").json
    schemes = {scheme["name"]: scheme for scheme in listed["schemes"]}
    assert schemes["clip-q"]["options"] == {
        "fit": "rule", "scale": "channel", "prune": 0.2, "snap": 0,
    }  # fmt: skip
    assert schemes["nearest"]["bits"] == [1, 2, 3, 4, 5]
    assert {"min_max", "least_squares"} <= {how["name"] for how in listed["calibrations"]}
    made = shell("quantize", "lenet5", "--scheme", "clip-q:snap=1,prune=0.1", "--bits", 3,
                 "-o", tmp_path / "q.onnx", "--json", "-").json  # fmt: skip
    assert made["scheme"] == "clip-q:prune=0.1,snap=1"


def test_retrained_networks_by_name(shell):
    result = shell("evaluate", "lenet5-3bit", "--json", "-").json
    assert (result["scheme"], result["bits"], result["images"]) == ("nearest", 3, 500)
    assert result["top1"] > 0.98 < result["float_top1"]
    layers = shell("plan", "lenet5-3bit", "--max-cycles", 1000, "--json", "-").json["layers"]
    assert [layer["name"] for layer in layers][:2] == ["conv1", "pool1"]
    assert "quantized already" in shell.refused("quantize", "lenet5-3bit", "-o", "q.onnx")


def test_equalized_and_refined(shell, tmp_path):
    samples, model = zoo.load_samples("lenet5"), tmp_path / "q.onnx"
    np.savez(tmp_path / "train.npz", images=samples.images[:40], labels=samples.labels[:40])
    made = shell("quantize", "lenet5", "--scheme", "nearest:fit=weights", "--act-width", 3,
                 "--calibration", "percentile:percent=99.9", "--equalize",
                 "--refine", tmp_path / "train.npz", "-o", model, "--json", "-").json  # fmt: skip
    metadata = read_quantized(model).metadata
    assert metadata["calibration"] == "percentile:percent=99.9"
    assert metadata["equalized"] == "yes"
    assert metadata["refined"] == "40 images"
    # The noise is not that of the new steps.
    assert [layer["sqnr_db"] for layer in made["layers"]] == [None] * 5


def test_plan_prints_a_table(shell):
    outcome = shell("plan", "lenet5", "--max-cycles", 1000)
    assert outcome.code == 0
    for name in ("conv1", "pool1", "conv2", "pool2", "dense1", "dense2", "dense3", "in all"):
        assert name in outcome.out


def test_boards_lists_resources(shell):
    rows = {row["name"]: row for row in shell("boards", "--json", "-").json["boards"]}
    assert rows["zcu102"]["lut"] == 274_080
    assert rows["icebreaker"]["family"] == "ice40"
