"""The README's commands run, and its figures are what they give."""

import re
import shlex

import pytest

from tests.cli.running import Shell
from tests.readme import (
    array_of_nine,
    commands,
    compare,
    demo,
    estimates,
    figures,
    operators,
    retrained,
    shiftconv,
    structures,
)

SLOW = ("shiftconv demo", "shiftconv compare", "shiftconv pnr")
NEEDS_DATA = "FOLDER_WITH"


def test_commands_run_in_order(tmp_path, monkeypatch, capsys):
    lines = [line for line in commands() if not line.startswith(SLOW) and NEEDS_DATA not in line]
    assert len(lines) >= 10
    monkeypatch.chdir(tmp_path)
    shell = Shell(monkeypatch, capsys)
    for line in lines:
        done = shell(*shlex.split(line)[1:])
        assert done.code == 0, f"{line}\n{done.err}"
        assert done.out, line


def test_operators(tmp_path):
    assert figures()["check --operators"] == operators(tmp_path)


def test_retrained_networks():
    assert figures()["zoo"] == retrained()


def test_errors_of_estimates(tmp_path):
    assert figures()["estimates check"] == estimates(tmp_path)


def test_structures(tmp_path):
    assert figures()["structures list"] == structures(tmp_path)


def test_array_of_nine(tmp_path):
    assert figures()["structures list --family xcup"] == array_of_nine(tmp_path)


def numbers(text):
    """Every number of a generated block."""
    return [float(value.replace(",", "")) for value in re.findall(r"\d[\d,]*\.?\d*", text)]


@pytest.mark.parametrize(
    ("command", "make"),
    [
        ("demo", demo),
        ("compare --max-cycles 32768", lambda folder: compare(folder, "--exponent-widths", "2")),
    ],
)
def test_figures(command, make, tmp_path):
    """Rows that are made anew stand in the README.

    Another Yosys counts a little differently, and so does another machine whose rounding in the
    quantizer tips a weight.
    """
    yosys = shiftconv("boards")["tool_versions"]["yosys"]
    published = figures()[command].splitlines()
    tolerance = 0.02 if any(f"Yosys {yosys}" in line for line in published) else 0.1
    for line in make(tmp_path).splitlines():
        if line.startswith("|") and numbers(line):
            label = line.split("|")[1]
            found = next(row for row in published if row.startswith(f"|{label}|"))
            assert numbers(line) == pytest.approx(numbers(found), rel=tolerance, abs=10)
