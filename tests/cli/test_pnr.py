"""pnr: a bitstream, or a sentence that says why there is none."""

import importlib.util
import json
import sys

import pytest

from boards import find_board
from shiftconv.flow.generate import generate_network
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.pnr import place_and_route
from shiftconv.flow.pnr.toolchains import TOOLCHAINS, MissingToolError, Toolchain
from shiftconv.flow.tools import Job, ToolError, run_jobs, run_yosys
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.cli.networks import small_network


def installed(family):
    try:
        TOOLCHAINS[family].check()
    except MissingToolError:
        return False
    return True


needs_ice40 = pytest.mark.skipif(not installed("ice40"), reason="needs the extra [pnr]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The small network for the iCEBreaker."""
    path = tmp_path_factory.mktemp("design") / "small"
    plan = make_plan(small_network(), target=Target(family="ice40"))
    generate_network(plan, path, board=find_board("icebreaker"))
    return path


@needs_ice40
def test_a_bitstream(shell, folder):
    result = shell("pnr", folder, "--clock", 18, "--seeds", 1, "--json", "-").json
    path = folder / "pnr" / "icebreaker" / "small_.bin"
    assert result["bitstream"] == str(path)
    # An SRAM image of the UP5K has a size of its own.
    assert path.stat().st_size == 104_090
    assert result["board"] == "icebreaker"
    assert result["fmax_mhz"] >= result["constraint_mhz"] == 18
    assert result["area"]["dsp"] == 0
    cycles = Manifest.read(folder).cycles_per_frame
    assert result["frames_per_second"] == round(18e6 / cycles, 1)
    assert result["utilization"]["ICESTORM_LC"]["used"] < 5280
    assert result["critical_path"]["stage"]
    assert "nextpnr-ice40" in result["tool_versions"]
    assert json.loads((path.parent / "report.json").read_text())["fmax"]
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith("pnr")) == ["pnr"]


@pytest.mark.slow
@needs_ice40
def test_a_clock_that_is_not_reached_changes_nothing(shell, folder):
    kept = folder / "pnr" / "icebreaker" / "small_.bin"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"good")
    outcome = shell("pnr", folder, "--clock", 120, "--seeds", 1, "--json", "-")
    assert outcome.code == 1
    assert outcome.json["bitstream"] is None
    assert outcome.json["slack_ns"] < 0
    assert kept.read_bytes() == b"good"


def test_refusals(shell, folder, network_folder):
    say = shell.refused
    assert "PLL of iCE40UP5K-SG48 gives 16 to 275 MHz, not 300 MHz" in say(
        "pnr", folder, "--clock", 300
    )
    assert "generated for ice40, but ulx3s_85f is ecp5; generate it again with" in say(
        "pnr", folder, "--board", "ulx3s_85f"
    )
    assert "no open place and route for xcup" in say("pnr", folder, "--board", "zcu102")
    assert "generated for no board; name one with --board" in say("pnr", network_folder)
    assert "Nothing is known of the pins of ice40up5k" in say("pnr", folder, "--board", "ice40up5k")


@needs_ice40
def test_refusals_of_designs(shell, folder, conv_folder):
    say = shell.refused
    assert "holds a bare conv, not a network" in say("pnr", conv_folder, "--board", "icebreaker")
    assert "at most 3,000,000 baud, not 4,000,000" in say("pnr", folder, "--baud", 4_000_000)


def test_without_the_extra(shell, folder, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'shiftconv[pnr]'" in shell.refused("pnr", folder)


def nextpnr_fails(verilog, board, *, work, **how):
    seed = work / "seed1"
    seed.mkdir()
    call = [sys.executable, "-c", "print('noway'); raise SystemExit(3)"]
    run_jobs([Job("nextpnr", call, seed, seed / "nextpnr.log")])


def yosys_fails(verilog, board, *, work, **how):
    run_yosys("noway", work, log=work / "yosys.log")


@pytest.mark.parametrize(
    ("failing", "log"),
    [(nextpnr_fails, "icebreaker.seed1.nextpnr.log"), (yosys_fails, "icebreaker.yosys.log")],
)
def test_the_log_of_a_failure_stays(shell, folder, monkeypatch, failing, log):
    monkeypatch.setattr(Toolchain, "check", lambda self: None)
    monkeypatch.setattr(place_and_route, "route_verilog", failing)
    sentence = shell.refused("pnr", folder, code=1)
    kept = folder / "pnr" / log
    assert f"Its whole log is {kept}" in sentence
    assert "noway" in kept.read_text()
    monkeypatch.setattr(place_and_route, "route_verilog", refuses)
    shell.refused("pnr", folder, code=1)
    assert not kept.exists()


def refuses(*args, **how):
    raise ToolError("nothing")
