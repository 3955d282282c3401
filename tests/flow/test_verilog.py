"""Verilog comes out the same every time, and tidying changes its text only."""

import re
import shutil

import pytest
from amaranth.back import rtlil

from shiftconv.flow.tidy import tidy_verilog
from shiftconv.flow.tools import ToolError, run_yosys
from shiftconv.flow.verilog import SCRIPT, emit_verilog
from tests.flow.designs import Dot, Registers, Reverser

PROVE = """\
read_verilog raw.v
hierarchy -top top
proc
flatten
memory
opt_clean
rename top gold
design -stash gold
read_verilog tidy.v
hierarchy -top top
proc
flatten
memory
opt_clean
rename top gate
design -stash gate
design -copy-from gold gold
design -copy-from gate gate
equiv_make gold gate both
hierarchy -top both
async2sync
equiv_simple -undef
equiv_induct -undef
equiv_status -assert
"""


def test_same_bytes_every_time():
    first = emit_verilog(Dot(depth=64), name="dot")
    assert first == emit_verilog(Dot(depth=64), name="dot")
    assert re.search(r"^module dot\(", first, re.MULTILINE)
    assert re.search(r"^module \\dot\.lane3 \(", first, re.MULTILINE)


def test_nothing_internal_and_no_place_of_this_machine():
    text = emit_verilog(Reverser(2), name="reverser")
    assert "generator" not in text
    assert ".py" not in text
    assert "/tmp" not in text


def test_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    emit_verilog(Reverser(1), name="reverser")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "2fast", "a b", "a.b", "a;stat"])
def test_name_must_be_an_identifier(name):
    with pytest.raises(ValueError, match="must be a Verilog identifier, not "):
        emit_verilog(None, name=name)


@pytest.mark.parametrize(
    "make", [Registers, lambda: Dot(depth=16), lambda: Reverser(3)], ids=["reg", "dot", "rev"]
)
def test_tidying_keeps_the_meaning(tmp_path, make):
    (tmp_path / "design.il").write_text(rtlil.convert(make(), name="top", emit_src=False))
    run_yosys(SCRIPT, tmp_path)
    raw = (tmp_path / "design.v").read_text()
    tidy = tidy_verilog(raw)
    assert tidy.count("always @*") < raw.count("always @*")
    shutil.move(tmp_path / "design.v", tmp_path / "raw.v")
    (tmp_path / "tidy.v").write_text(tidy)
    run_yosys(PROVE, tmp_path)
    # The proof would notice.
    wrong = re.sub(r"(posedge clk\) begin\n.*?if )\(", r"\1(!", tidy, count=1, flags=re.DOTALL)
    (tmp_path / "tidy.v").write_text(wrong)
    with pytest.raises(ToolError, match="unproven"):
        run_yosys(PROVE, tmp_path)


def test_registers_and_repeated_bits_are_tidied():
    text = emit_verilog(Registers(), name="top")
    assert re.search(r"always @\(posedge clk\) begin\n +if \(go\) begin", text)
    assert re.search(r"\{16\{b\[7\]\}\}", text)


def test_blocks_run_at_time_zero_in_systemverilog_too():
    """Icarus with ``-g2012`` never ran blocks whose inputs did not change after time 0."""
    text = emit_verilog(Dot(depth=16), name="top")
    triggers = set(re.findall(r"if \((\S+ )\) begin end", text))
    assert triggers
    for trigger in triggers:
        assert f"reg {trigger};" in text
        assert f"  initial {trigger}= 0;\nendmodule" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{ a[7], a[7], a }", "{ {2{a[7]}}, a }"),
        ("{ b, b, b }", "{ {3{b}} }"),
        (r"{ \x$1 [3], \x$1 [3], \x$1 [2] }", r"{ {2{\x$1 [3]}}, \x$1 [2] }"),
        ("{ a, b, a, a[1], a[10] }", "{ a, b, a, a[1], a[10] }"),
        ("{ b + a, a, a }", "{ b + a, a, a }"),
        ("f (s, a, a, a)", "f (s, a, a, a)"),
    ],
)
def test_repetition_only_in_plain_concatenations(before, after):
    assert tidy_verilog(f"  assign o = {before};\n") == f"  assign o = {after};\n"
