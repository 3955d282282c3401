"""simulate: a whole data set, traffic, and what is wrong with the call or the data."""

import numpy as np
import pytest

from tests.cli.networks import SHAPE, small_network

N_IMAGES = 30


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Images for the small network; half of the labels are its own answers."""
    folder = tmp_path_factory.mktemp("data")
    pixels = np.random.default_rng(5).integers(0, 256, (N_IMAGES, *SHAPE), np.uint8)
    answers = small_network().infer(pixels).reshape(N_IMAGES, -1).argmax(axis=1)
    np.savez(folder / "test.npz", images=pixels, labels=(answers + np.arange(N_IMAGES) % 2) % 3)
    return folder


def test_all_images_of_a_folder(shell, network_folder, data):
    call = ["simulate", network_folder, "--images", "all", "--data", data, "--json", "-"]
    result, again = shell(*call).json, shell(*call).json
    assert result["images"] == again["earlier_images"] == N_IMAGES
    assert result["top1"] == result["golden_top1"] == 0.5
    assert result["mismatched_values"] == 0
    assert result["cycles_per_frame"] == result["planned_cycles_per_frame"]
    assert result["mean_cycles_per_frame"] == pytest.approx(result["cycles_per_frame"], rel=0.02)
    assert result["latency_cycles"] == pytest.approx(result["planned_latency_cycles"], rel=0.02)
    assert again["mismatched_values"] == 0


@pytest.mark.parametrize("engine", ["compiled", "python"])
def test_wrong_frames_among_pauses(shell, network_folder, data, engine):
    result = shell(
        "simulate", network_folder, "--images", 4, "--data", data, "--engine", engine,
        "--stall-in", 0.3, "--stall-out", 0.1, "--malformed", 0.5, "--seed", -7, "--json", "-",
    ).json  # fmt: skip
    assert result["mismatched_values"] == 0
    assert result["frame_errors"] == result["malformed_frames"] > 1
    assert result["cycles_per_frame"] is None


def test_what_people_see(shell, network_folder, data):
    out = shell("simulate", network_folder, "--images", 12, "--data", data, "--stall", 0.5).out
    for words in ("every value equals", "top-1, golden model", "measured mean", "planned"):
        assert words in out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--images", "most"], "'most' is neither a number nor all"),
        (["--images", "0"], "0 images are too few"),
        (["--stall", "0.2", "--stall-in", "0.3"], "not both"),
        (["--malformed", "1"], "0<=x<=0.95"),
        (["--netlist", "--malformed", "0.1"], "neither --engine nor --malformed"),
        (["--device", "zcu102"], "--device goes with --netlist"),
        (["--data", "nowhere"], "nowhere: no such folder or file"),
    ],
)
def test_wrong_options(shell, network_folder, options, words):
    assert words in shell.refused("simulate", network_folder, *options)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"images": np.zeros((2, *SHAPE), np.uint8)}, "called images or labels is missing"),
        ({"images": np.zeros((2, 9, 8)), "labels": [0, 0]}, "of 8 x 8 x 1; the data are 2 of 9 x"),
        ({"images": np.zeros((2, *SHAPE)), "labels": [0, 3]}, "Labels must be from 0 to 2"),
    ],
    ids=["no labels", "shape", "labels"],
)
def test_wrong_data(shell, network_folder, tmp_path, arrays, words):
    np.savez(tmp_path / "data.npz", **arrays)
    assert words in shell.refused("simulate", network_folder, "--data", tmp_path / "data.npz")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--images", "all"), "a component has no data set"),
        (("--malformed", "0.1"), "knows no frames"),
        (("--engine", "compiled"), "for networks"),
    ],
)
def test_options_that_components_do_not_have(shell, conv_folder, option, words):
    assert words in shell.refused("simulate", conv_folder, *option).lower()


def test_a_netlist(shell, conv_folder):
    """What synthesis makes of the Verilog gives the same integers, at the same pace."""
    result = shell(
        "simulate", conv_folder, "--netlist", "--device", "ice40", "--images", 2, "--json", "-"
    ).json
    assert result["mismatched_values"] == 0
    assert result["engine"] == "netlist ice40"
    assert result["cycles_per_frame"] == result["planned_cycles_per_frame"]
