"""The command, from a folder of images to files."""

import json
import subprocess
import sys

import numpy as np
import pytest

from quant.evaluate import top1
from quant.onnx_io import read_float, read_quantized
from tests.quant.float_models import FloatBuilder


def run(*arguments):
    command = [sys.executable, "-m", "quant.training", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def data(coloured, tmp_path):
    images, labels = coloured.images.numpy(), coloured.labels.numpy()
    for split in ("train", "test"):
        np.savez(tmp_path / f"{split}.npz", images=images, labels=labels)
    return tmp_path


def test_retrain_writes_a_network_with_its_accuracy(data, tmp_path, coloured):
    net = FloatBuilder(tmp_path / "net.onnx", (3, 8, 8)).conv(6, 3).classify(3).save()
    out, result = tmp_path / "q.onnx", tmp_path / "result.json"
    options = ("--data", data, "-o", out, "--bits", 2, "--epochs", 8, "--rate", 0.05)
    made = run("retrain", net, *options, "--batch", 8, "--threads", 1, "--json", result)
    assert (made.returncode, made.stderr) == (0, "")
    network = read_quantized(out)
    found = network.infer(coloured.images.numpy().astype(np.int64))
    accuracy = top1(found, coloured.labels.numpy())
    assert float(network.metadata["top1"]) == accuracy > 0.6
    assert f"top-1 {accuracy:.2%}, before retraining " in made.stdout
    told = json.loads(result.read_text())
    assert (told["top1"], told["bits"], told["method"]) == (accuracy, "2", "straight-through")
    again = run("retrain", net, *options, "--batch", 4)
    assert again.returncode == 2
    assert "q.checkpoint was made by another recipe" in again.stderr


def test_float_writes_onnx_and_samples(tmp_path, rng):
    images, labels = rng.integers(0, 256, (8, 28, 28)).astype(np.uint8), np.arange(8)
    for split in ("train", "test"):
        np.savez(tmp_path / f"{split}.npz", images=images, labels=labels)
    out, samples = tmp_path / "lenet5.onnx", tmp_path / "samples.npz"
    made = run(
        "float", "lenet5", "--data", tmp_path, "-o", out, "--epochs", 1, "--samples", samples
    )
    assert made.returncode == 0, made.stderr
    assert "of 8 test images" in made.stdout
    assert read_float(out).in_shape == (28, 28, 1)
    with np.load(samples) as arrays:
        assert arrays["calibration"].shape == arrays["images"].shape == (8, 28, 28, 1)
    more = ("--data", tmp_path, "-o", tmp_path / "more.onnx", "--epochs", 1, "--rate", 1e-9)
    made = run("float", "lenet5", *more, "--start", out.with_suffix(".checkpoint"))
    assert made.returncode == 0, made.stderr
    nets = [read_float(tmp_path / name).layers[0].weights for name in ("lenet5.onnx", "more.onnx")]
    np.testing.assert_allclose(*nets, atol=1e-6)
    made = run("float", "lenet5", *more, "--fresh", "--start", samples)
    assert made.returncode == 2
    assert "samples.npz is not a checkpoint" in made.stderr


def test_wrong_call(tmp_path):
    made = run("retrain", "alexnet", "--data", tmp_path, "-o", tmp_path / "q.onnx")
    assert made.returncode == 2
    assert made.stderr.startswith("Error: ")
    assert len(made.stderr.splitlines()) == 1
