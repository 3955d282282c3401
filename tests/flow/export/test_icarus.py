"""The generated test bench, in Icarus Verilog and in Verilator, and a design that is wrong."""

import shutil
import subprocess

import pytest

from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.export.kinds import ExportError
from shiftconv.flow.export.write import export_design
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.plan import make_plan
from tests.cli.networks import small_network
from tests.flow.export.simulators import run_verilated


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "tiny"
    manifest = generate_network(make_plan(small_network("tiny")), folder)
    return export_design(folder, manifest, kind="icarus").folder


def broken(text):
    """The design with one of its output bits the other way round."""
    return text.replace("assign m_axis_tdata =", "assign m_axis_tdata = 1 ^", 1)


def in_icarus(folder, text, work):
    (work / "design.v").write_text(text)
    call = ["iverilog", "-g2012", "-Wall", "-o", work / "sim", folder / "tiny_tb.v", "design.v"]
    subprocess.run(call, cwd=work, check=True)
    call = ["vvp", work / "sim"]
    return subprocess.run(call, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(not shutil.which("iverilog"), reason="Icarus Verilog is not installed")
def test_icarus(bench, tmp_path):
    text = (bench / "tiny.v").read_text()
    found = in_icarus(bench, text, tmp_path)
    assert "9 of 9 beats received, 0 wrong, 1 frames flagged\nPASS" in found
    assert broken(text) != text
    assert in_icarus(bench, broken(text), tmp_path).rstrip().endswith("FAIL")


def test_verilator(bench, tmp_path):
    sources = [bench / "tiny_tb.v", bench / "tiny.v"]
    found = run_verilated(sources, top="tiny_tb", work=tmp_path, cwd=bench)
    assert "9 of 9 beats received, 0 wrong, 1 frames flagged\nPASS" in found


def test_components_have_no_frames(tmp_path):
    conv = ConvDesign(in_shape=(4, 4, 1), out_channels=1, in_par=1)
    manifest = generate_component(conv, tmp_path / "conv", name="conv")
    with pytest.raises(ExportError, match="holds none"):
        export_design(tmp_path / "conv", manifest, kind="icarus")
