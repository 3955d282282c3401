"""The command diff: what users see of the first wrong bit."""

import json

import numpy as np
import pytest

from shiftconv.flow.generate import generate_network
from shiftconv.flow.manifest import MANIFEST, digest_of
from shiftconv.plan import make_plan
from tests.cli.networks import SHAPE, small_network


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Build folder of a small network that gives 254 where the convolution should give 255."""
    folder = tmp_path_factory.mktemp("diff") / "small"
    manifest = generate_network(make_plan(small_network()), folder)
    before, module, after = (
        manifest.verilog(folder)
        .read_text()
        .partition("module \\small_.core.conv.output.epilogue.requantize0 ")
    )
    body, end, rest = after.partition("endmodule")
    assert body.count("13'h00ff") == 1
    text = "".join([before, module, body.replace("13'h00ff", "13'h00fe"), end, rest])
    manifest.verilog(folder).write_text(text)
    entries = json.loads((folder / MANIFEST).read_text()) | {"digest": digest_of(text)}
    (folder / MANIFEST).write_text(json.dumps(entries))
    return folder


def images(path, pixels):
    np.savez(path, images=pixels, labels=np.zeros(len(pixels), np.int64))
    return path


@pytest.mark.slow
def test_difference_and_none(shell, faulty, tmp_path):
    pixels = np.random.default_rng(2).integers(0, 256, (3, *SHAPE)).astype(np.uint8)
    conv = small_network().trace(pixels.astype(np.int64))["conv"]
    data = images(tmp_path / "random.npz", pixels)
    outcome = shell("diff", faulty, "--data", data, "--json", "-")
    assert outcome.code == 1
    finding = json.loads(outcome.out)["finding"]
    place = [finding[name] for name in ("frame", "row", "column", "channel")]
    assert place == np.argwhere(conv == 255)[0].tolist()
    assert (finding["layer"], finding["place"], finding["bit"]) == ("conv", "output", 0)
    assert (faulty / "diff.vcd").exists()

    outcome = shell("diff", faulty, "--data", data)
    assert outcome.code == 1
    assert "conv, output: expected 255, found 254" in outcome.out
    where = "frame {}, row {}, column {}, channel {}, bit 0; in cycle".format(*place)
    assert where in outcome.out
    assert "what it is made of: input, channel 0" in outcome.out
    assert "rounded and clamped: 255" in outcome.out

    black = images(tmp_path / "black.npz", np.zeros((2, *SHAPE), np.uint8))
    assert (small_network().trace(np.zeros((2, *SHAPE), np.int64))["conv"] < 255).all()
    outcome = shell("diff", faulty, "--data", black, "--stall-in", 0.3)
    assert outcome.code == 0
    assert "of 2 frames, at 8 places between the layers, equal the golden model's" in outcome.out


def test_wrong_calls(shell, conv_folder, network_folder, tmp_path):
    data = images(tmp_path / "images.npz", np.zeros((1, *SHAPE), np.uint8))
    assert "holds a bare conv, not a network" in shell.refused("diff", conv_folder, "--data", data)
    assert "There is no build folder" in shell.refused("diff", tmp_path / "none", "--data", data)
    wrong = images(tmp_path / "wrong.npz", np.zeros((1, 5, 5, 1), np.uint8))
    assert "(1, 5, 5, 1)" in shell.refused("diff", network_folder, "--data", wrong)
