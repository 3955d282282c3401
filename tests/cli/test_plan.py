"""plan, and what generate makes of a board: fits, or says what does not and by how much."""

import pytest

from quant.onnx_io import write_quantized
from tests.cli.networks import small_network


@pytest.fixture
def model(tmp_path):
    write_quantized(small_network(), tmp_path / "q.onnx")
    return tmp_path / "q.onnx"


def test_plan_fits(shell, model):
    found = shell("plan", model, "--board", "zcu102", "--json", "-")
    assert found.code == 0
    fit = found.json["fit"]
    assert (fit["board"], fit["fits"], fit["in_luts"]) == ("zcu102", True, [])
    assert {need["resource"]: need["over"] for need in fit["resources"]} == {"bram": 0, "lut": 0}
    assert [need["estimate"] for need in fit["resources"]] == [False, True]
    text = shell("plan", model, "--board", "zcu102").out
    assert "small fits zcu102, as far as can be told before synthesis" in " ".join(text.split())
    assert "LUT, at least (estimate)" in text
    assert "fit" not in shell("plan", model, "--json", "-").json


def test_plan_does_not_fit(shell):
    found = shell("plan", "lenet5", "--board", "icebreaker", "--json", "-")
    assert found.code == 1
    bram = found.json["fit"]["resources"][0]
    assert bram["available"] == 30
    assert bram["over"] == bram["needed"] - 30 > 0
    assert found.json["fit"]["largest"][0]["name"] == "dense1"


def test_loaded_weights_make_it_fit(shell):
    """Into blocks of SPRAM."""
    found = shell(
        "plan", "lenet5", "--bits", 3, "--board", "icebreaker", "--load-weights", "--json", "-"
    )
    assert found.code == 0
    assert 0 < found.json["fit"]["resources"][2]["needed"] <= 4


def test_generate_writes_nothing_that_does_not_fit(shell, model, tmp_path):
    sentence = shell.refused(
        "generate", "lenet5", "--board", "icebreaker", "-o", tmp_path / "build", code=1
    )
    assert "lenet5 does not fit icebreaker: " in sentence
    assert "block memories are needed, 30 are there" in sentence
    assert sentence.endswith("; with --load-weights it fits\n")
    assert not (tmp_path / "build").exists()
    folder = tmp_path / "small"
    result = shell("generate", model, "--board", "zcu102", "-o", folder, "--json", "-").json
    assert result["fit"]["fits"]
