"""The command run, against a simulated board."""

import numpy as np
import pytest

from quant.datasets import pixel_values
from shiftconv.flow.generate import generate_network, read_plan
from shiftconv.flow.host.simulated_board import SimulatedBoard
from shiftconv.flow.manifest import Manifest
from shiftconv.plan import make_plan
from tests.cli.networks import small_network


@pytest.fixture(scope="module")
def port(network_folder):
    board = SimulatedBoard.build(network_folder, Manifest.read(network_folder))
    with board.plugged_in() as port:
        yield port


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (7, 8, 8), np.uint8)


def test_logits_of_an_npy_file(shell, network_folder, port, images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    call = ["run", tmp_path / "images.npy", "--port", port, "--build", network_folder]
    outcome = shell(*call, "--output", tmp_path / "logits.npy", "--compare", "--json", "-")
    assert outcome.code == 0
    result = outcome.json
    assert (result["images"], result["mismatched_values"], result["top1"]) == (7, 0, None)
    assert result["frames_per_second"] > 0
    assert result["status"]["FRAMES_OUT"] == 7
    network = read_plan(Manifest.read(network_folder), network_folder).network
    golden = network.infer(network.in_format.quantize(pixel_values(images[..., None])))
    logits = np.load(tmp_path / "logits.npy")
    assert (logits == golden).all()
    assert logits.dtype == np.int64


def test_accuracy_where_there_are_labels(shell, network_folder, port, images, tmp_path):
    network = read_plan(Manifest.read(network_folder), network_folder).network
    golden = network.infer(network.in_format.quantize(pixel_values(images[..., None])))
    labels = golden.reshape(7, 3).argmax(axis=1)
    labels[:2] = (labels[:2] + 1) % 3
    np.savez(tmp_path / "set.npz", images=images, labels=labels)
    call = ["run", tmp_path / "set.npz", "--port", port, "--build", network_folder, "--json", "-"]
    assert shell(*call).json["top1"] == 5 / 7
    assert shell(*call, "--number", 4).json["top1"] == 2 / 4


def test_another_design_on_the_board(shell, port, images, tmp_path):
    np.save(tmp_path / "images.npy", images)
    generate_network(make_plan(small_network("other")), tmp_path / "other")
    call = ["run", tmp_path / "images.npy", "--port", port, "--build", tmp_path / "other"]
    assert "holds the design" in shell.refused(*call, code=1)


def test_wrong_calls(shell, network_folder, port, tmp_path):
    call = ["run", "--port", port]
    assert "either --build or --board" in shell.refused(*call)
    assert "There is no board 'ulx'" in shell.refused(*call, "--board", "ulx")
    assert "No images ship for small" in shell.refused(*call, "--build", network_folder)
    missing = tmp_path / "none.npy"
    sentence = shell.refused(*call, "--build", network_folder, missing)
    assert f"{missing} cannot be read as an npy file" in sentence
    np.save(tmp_path / "wide.npy", np.zeros((2, 8, 9), np.uint8))
    sentence = shell.refused(*call, "--build", network_folder, tmp_path / "wide.npy")
    assert "shape (n, 8, 8, 1), not" in sentence
    np.save(tmp_path / "good.npy", np.zeros((2, 8, 8), np.uint8))
    call = ["run", tmp_path / "good.npy", "--build", network_folder, "--port"]
    assert "Cannot open /dev/none" in shell.refused(*call, "/dev/none", code=1)
