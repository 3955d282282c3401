"""The command report, and what the commands before it leave in the build folder."""

import json

import numpy as np
import pytest

from quant.onnx_io import write_quantized
from tests.cli.networks import SHAPE, small_network


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "q.onnx"
    write_quantized(small_network(), path)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "images.npz"
    images = np.random.default_rng(5).integers(0, 256, (6, *SHAPE), np.uint8)
    np.savez(path, images=images, labels=np.arange(6) % 3)
    return path


def test_what_is_found_out_is_on_the_page(shell, model, data, tmp_path):
    folder = tmp_path / "small"
    assert shell("generate", model, "-o", folder).code == 0
    page = folder / "report.html"
    assert f"wrote {page}" in shell("report", folder).out.replace("\n", "")
    assert f"shiftconv simulate {folder} --data IMAGES" in page.read_text()
    call = ["simulate", folder, "--data", data, "--images", 3, "--engine", "python"]
    assert shell(*call).code == shell(*call, "--stall", 0.2).code == 0
    top1 = shell("evaluate", folder, "--data", data, "--json", "-").json["top1"]
    assert shell("report", folder, "-o", tmp_path / "page.html", "--json", "-").json["page"] == str(
        tmp_path / "page.html"
    )
    text = (tmp_path / "page.html").read_text()
    assert text.count("Every value equals the golden model's") == 2
    assert f"<b>{100 * top1:.2f} %</b> top-1 on 6 images" in text
    assert text.count("<img ") == 3
    assert text.count(f"shiftconv generate {model} -o {folder}") == 1
    left = json.loads((folder / "results" / "simulate.json").read_text())
    assert left["command"] == f"shiftconv {' '.join(map(str, call))}"
    assert {path.name for path in (folder / "results").iterdir()} == {
        "generate.json", "simulate.json", "simulate.traffic.json", "samples.npz", "evaluate.json",
    }  # fmt: skip
    assert not shell("report", folder, "--quiet").out


def test_wrong_folder(shell, tmp_path):
    assert "There is no build folder" in shell.refused("report", tmp_path / "none")
    assert "has no manifest.json" in shell.refused("report", tmp_path)
