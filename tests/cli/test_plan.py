"""plan, and what generate makes of a board: fits, or says what does not and by how much."""

import re

import pytest

from boards import BOARDS
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
    assert (fit["board"], fit["fits"]) == ("zcu102", True)
    assert {row["name"]: row["over"] for row in fit["resources"]} == {"lut": 0, "ff": 0, "bram": 0}
    text = shell("plan", model, "--board", "zcu102").out
    assert "small fits zcu102, as far as can be told before synthesis" in " ".join(text.split())
    assert "fit" not in shell("plan", model, "--json", "-").json


def test_an_area_has_one_number(shell, model, tmp_path):
    """In the table's last line, among what is allowed, in a sweep, and where it is generated."""
    limits = "--board", "zcu102", "--lut", "0.25%"
    found = shell("plan", model, *limits, "--json", "-").json
    parts = found["estimates"].values()
    luts = found["estimate"]["lut"]
    assert luts == sum(part["lut"] for part in parts)
    resources = {row["name"]: row for row in found["fit"]["resources"]}
    assert (resources["lut"]["estimate"], resources["lut"]["allowed"]) == (luts, 685)
    for name in ("lut", "ff", "bram"):
        assert resources[name]["estimate"] == found["estimate"][name]
    text = shell("plan", model, *limits).out
    total = next(line.split() for line in text.splitlines() if line.strip().startswith("in all"))
    taken = next(line.split() for line in text.splitlines() if line.strip().startswith("LUTs"))
    assert taken == ["LUTs", f"{luts:,}", "685", "274,080"]
    assert f"{luts:,}" in total
    out = tmp_path / "s.sqlite"
    [row] = shell("sweep", model, *limits, "--out", out, "--json", "-").json["points"]
    assert row["lut"] == luts
    made = shell("generate", model, *limits, "-o", tmp_path / "made", "--json", "-").json
    assert made["estimate"] == found["estimate"]


def test_plan_does_not_fit(shell):
    """The plan of least area shows what is missing; of larger boards, the smallest would do."""
    found = shell("plan", "lenet5", "--board", "icebreaker", "--json", "-")
    assert found.code == 1
    lacks = {lack["resource"]: lack for lack in found.json["shortage"]["lacks"]}
    lack = lacks["bram"]
    assert (lack["available"], lack["layer"]) == (30, "dense1")
    assert lack["needed"] > 30
    bram = {row["name"]: row for row in found.json["fit"]["resources"]}["bram"]
    assert (bram["estimate"], bram["available"]) == (lack["needed"], 30)
    assert bram["over"] == bram["estimate"] - 30 > 0
    assert not found.json["fit"]["fits"]


def test_loaded_weights_make_it_fit(shell):
    """Into blocks of SPRAM."""
    found = shell(
        "plan", "lenet5", "--bits", 3, "--board", "icebreaker", "--load-weights", "--json", "-"
    )
    assert found.code == 0
    assert 0 < found.json["estimate"]["big_ram"] <= 4


def test_the_highest_rate_within_a_budget(shell, model):
    found = shell("plan", model, "--board", "zcu102", "--lut", "0.25%", "--bram", 2, "--json", "-")
    assert found.code == 0
    goal, area = found.json["goal"], found.json["estimate"]
    assert goal["fastest"]
    assert goal["budget"]["lut"] == 685
    assert goal["budget"]["bram"] == 2
    assert 0 < area["lut"] <= 685
    assert area["bram"] <= 2
    assert found.json["proved"]
    assert found.json["clock_mhz"] == 125
    cycles = found.json["cycles_per_frame"]
    assert found.json["frames_per_second"] == 125e6 / cycles
    faster = shell.refused(
        *("plan", model, "--board", "zcu102", "--lut", "0.25%", "--bram", 2),
        *("--max-cycles", cycles - 1, "--quiet"),
        code=1,
    )
    assert f"with {cycles:,} cycles per frame it fits" in faster
    assert "; zcu102 would do" not in faster


def test_a_rate_and_a_latency(shell, model):
    wishes = ("--board", "zcu102", "--fps", 200_000, "--max-latency", "10us")
    found = shell("plan", model, *wishes, "--json", "-").json
    assert found["goal"]["max_cycles"] == 625 >= found["cycles_per_frame"]
    assert found["goal"]["max_latency"] == 1250 >= found["latency_cycles"]
    assert not found["goal"]["fastest"]
    sentence = shell.refused("plan", model, "--max-latency", 3, code=1)
    assert "small within a latency of 3 cycles: no plan keeps to that; a latency of" in sentence


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lut", "60%"], "A percentage is one of a board's resources: name it with --board"),
        (["--lut", "many"], "'many' is neither a number nor a percentage such as 60%"),
        (["--bram", "-3"], "'-3' is neither a number nor a percentage"),
        (["--max-latency", "50us"], "A latency in seconds needs a clock: give --clock in MHz"),
        (["--max-latency", "5 weeks"], "'5 weeks' is neither a number of cycles nor a time"),
        (["--max-latency", "0"], "'0' is neither a number of cycles nor a time"),
        (["--fps", "9"], "Frames per second needs a clock: give --clock in MHz"),
    ],
)
def test_wrong_wishes(shell, model, options, message):
    assert message in " ".join(shell.refused("plan", model, *options).replace("│", "").split())


def test_front_as_a_table_and_a_picture(shell, model, tmp_path):
    picture = tmp_path / "front.svg"
    options = ("plan", model, "--board", "zcu102", "--front", picture)
    found = shell(*options, "--json", "-").json["front"]
    assert len(found) > 3
    assert [point["lut"] for point in found] == sorted((p["lut"] for p in found), reverse=True)
    first = picture.read_bytes()
    assert b"frames per second at 125 MHz" in first
    text = shell(*options).out
    assert f"{found[0]['lut']:,}" in text
    assert picture.read_bytes() == first
    assert "must end in .svg, .png or .pdf" in shell.refused(
        "plan", model, "--front", tmp_path / "front.txt"
    )


def test_generate_takes_the_same_wishes(shell, model, tmp_path):
    folder = tmp_path / "small"
    wishes = ("--board", "zcu102", "--lut", "1%", "--json", "-")
    planned = shell("plan", model, *wishes).json
    generated = shell("generate", model, *wishes, "-o", folder).json
    assert generated["cycles_per_frame"] == planned["cycles_per_frame"]
    folds = [[layer["folds"] for layer in result["layers"]] for result in (planned, generated)]
    assert folds[0] == folds[1]


def test_generate_writes_nothing_that_does_not_fit(shell, model, tmp_path):
    sentence = shell.refused(
        "generate", "lenet5", "--board", "icebreaker", "-o", tmp_path / "build", code=1
    )
    assert "lenet5 does not fit icebreaker: " in sentence
    assert "block memories are needed, 30 are there" in sentence
    assert re.search(r"; (\w+) would do; with --load-weights it fits\n$", sentence)[1] in BOARDS
    assert not (tmp_path / "build").exists()
    folder = tmp_path / "small"
    result = shell("generate", model, "--board", "zcu102", "-o", folder, "--json", "-").json
    assert result["fit"]["fits"]
