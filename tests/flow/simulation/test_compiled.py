"""The compiled simulator against streams worked out by hand."""

import os
import re
import shutil
import sys

import numpy as np
import pytest

from shiftconv.flow.simulation import compiled, verilate
from shiftconv.flow.simulation.compiled import CompiledModel, SimulationError, find_compiler
from shiftconv.flow.simulation.stimulus import Stimulus
from shiftconv.flow.tools import ToolError
from shiftconv.flow.verilog import emit_verilog
from tests.flow.designs import Endless, Impatient, Reverser, Silent

ZIG = (sys.executable, "-m", "ziglang", "c++")


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def build(component, folder, *, n_bytes=1, **more) -> CompiledModel:
    verilog = folder / "top.v"
    verilog.write_text(emit_verilog(component, name="top"))
    sizes = {"in_bytes": n_bytes, "out_bytes": n_bytes}
    return CompiledModel.build(verilog, top="top", work=folder / "work", **(sizes | more))


@pytest.fixture(scope="module")
def shares():
    """What the compilation of the reverser told."""
    return []


@pytest.fixture(scope="module")
def reverser(tmp_path_factory, shares) -> CompiledModel:
    folder = tmp_path_factory.mktemp("reverser")
    return build(Reverser(25), folder, n_bytes=25, on_share=shares.append)


def test_shares_of_the_compilation(reverser, shares):
    assert len(shares) >= 3
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1 == shares[-1]


@pytest.fixture(scope="module", params=[2, 3], ids=lambda n: f"{n}bytes")
def sized(request, tmp_path_factory) -> CompiledModel:
    folder = tmp_path_factory.mktemp("sized")
    return build(Reverser(request.param), folder, n_bytes=request.param)


def frames(rng, n_beats: int, n_bytes: int):
    beats = rng.integers(0, 256, (n_beats, n_bytes), np.uint8)
    return beats, rng.random(n_beats) < 0.1


def check(run, beats, last):
    assert np.array_equal(run.beats, beats[:, ::-1] + np.uint8(1))
    assert np.array_equal(run.last, last)
    assert run.frame_errors == np.count_nonzero(last & (beats[:, 0] == 0))


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_ports_that_are_words(sized, rng, stall):
    beats, last = frames(rng, 500, sized.in_bytes)
    run = sized.run(beats, last, expect_beats=500, stall_in=stall, stall_out=stall)
    check(run, beats, last)


@pytest.mark.parametrize(("stall_in", "stall_out"), [(0, 0), (0.5, 0), (0, 0.5), (0.7, 0.3)])
def test_wide_beats_at_stalls(reverser, rng, stall_in, stall_out):
    beats, last = frames(rng, 3000, 25)
    beats[:, 0] //= 100
    run = reverser.run(
        beats, last, expect_beats=3000, stall_in=stall_in, stall_out=stall_out, seed=3
    )
    check(run, beats, last)
    assert run.frame_errors > 10
    assert np.all(run.out_cycle > run.in_cycle)
    expected_cycles = 3001 / min(1 - stall_in, 1 - stall_out)
    assert run.cycles == pytest.approx(expected_cycles, rel=0.05 if stall_in or stall_out else 0)


def test_cycles_without_stalls(reverser, rng):
    run = reverser.run(*frames(rng, 10, 25), expect_beats=10)
    assert run.in_cycle.tolist() == list(range(10))
    assert run.out_cycle.tolist() == list(range(1, 11))
    assert run.cycles == 11


def test_many_runs_at_a_time(sized, rng, monkeypatch):
    """The next is asked for when it can start; how far all are is told until the end."""
    monkeypatch.setattr(compiled, "TELL_SECONDS", 0)
    lengths = [600_000, 10, 0, 700_000]
    asked, told, runs = [], [], {}

    def stimuli():
        for n, length in enumerate(lengths):
            asked.append((n, len(runs)))
            beats, last = frames(rng, length, sized.in_bytes)
            # The pauses make a run last for a hundred polls on any machine.
            yield Stimulus(beats, last, expect_beats=length, stall_in=0.9)

    sized.run_all(
        stimuli(),
        lambda n, run: runs.update({n: len(run.beats)}),
        n_parallel=2,
        on_given=told.append,
    )
    assert runs == dict(enumerate(lengths))
    assert asked[:2] == [(0, 0), (1, 0)]
    assert asked[3][1] >= 1
    assert told == sorted(told)
    assert told[-1] < sum(lengths)
    assert set(told) - {0, 10, 600_000, 600_010}


def test_seed_decides_the_stalls(reverser, rng):
    beats, last = frames(rng, 100, 25)
    first, same, other = (
        reverser.run(beats, last, expect_beats=100, stall_in=0.5, stall_out=0.5, seed=seed)
        for seed in (1, 1, -2)
    )
    assert np.array_equal(first.out_cycle, same.out_cycle)
    assert not np.array_equal(first.out_cycle, other.out_cycle)
    check(other, beats, last)


def test_without_an_expectation_it_runs_until_all_is_still(reverser, rng):
    beats, last = frames(rng, 100, 25)
    run = reverser.run(beats, last, watchdog_cycles=50)
    check(run, beats, last)
    assert run.cycles == 101 + 50
    nothing = reverser.run(beats[:0], last[:0], watchdog_cycles=50)
    assert nothing.beats.shape == (0, 25)


def test_watchdog(tmp_path):
    model = build(Silent(), tmp_path)
    beats, last = np.zeros((8, 1), np.uint8), np.zeros(8, bool)
    with pytest.raises(SimulationError) as error:
        model.run(beats, last, expect_beats=8, watchdog_cycles=100)
    assert str(error.value) == (
        "The simulated design broke off: nothing has moved for 100 cycles: it took 3 of 8 beats "
        "and gave 0 of 8"
    )
    assert error.value.run.in_cycle.tolist() == [0, 1, 2]


def test_beats_too_many_show_up(tmp_path):
    model = build(Endless(), tmp_path)
    beats, last = np.zeros((4, 1), np.uint8), np.zeros(4, bool)
    assert len(model.run(beats, last, expect_beats=4).beats) == 4
    surplus = model.run(beats, last, expect_beats=4, drain_cycles=3)
    assert surplus.beats.ravel().tolist() == list(range(7))


def test_payload_must_hold(tmp_path):
    model = build(Impatient(), tmp_path)
    beats, last = np.zeros((50, 1), np.uint8), np.zeros(50, bool)
    assert len(model.run(beats, last, expect_beats=50).beats) == 50
    with pytest.raises(SimulationError, match=r"output beat \d+ was offered and then changed or"):
        model.run(beats, last, expect_beats=50, stall_out=0.5)


def test_same_input_is_not_compiled_again(tmp_path):
    first = build(Reverser(1), tmp_path)
    again = build(Reverser(1), tmp_path)
    assert first.build_seconds > 0
    assert again.build_seconds == 0
    assert again.program == first.program
    other = build(Reverser(2), tmp_path, n_bytes=2)
    assert other.program != first.program
    assert not first.program.exists()
    left = {path.name.split(".")[0] for path in (tmp_path / "work").iterdir()}
    assert left == {"simulator", "verilator", "compiler"}


def test_waves(tmp_path, rng):
    model = build(Reverser(1), tmp_path, trace="vcd")
    beats, last = frames(rng, 20, 1)
    check(model.run(beats, last, expect_beats=20, waves=tmp_path / "waves.vcd"), beats, last)
    waves = (tmp_path / "waves.vcd").read_text()
    assert "m_axis_tdata" in waves
    assert "#0\n" in waves
    assert "#40\n" in waves
    # Four cycles of reset, two edges a cycle.
    few = {"waves": tmp_path / "few.vcd", "wave_cycles": (5, 7)}
    check(model.run(beats, last, expect_beats=20, **few), beats, last)
    times = re.findall(r"^#(\d+)$", (tmp_path / "few.vcd").read_text(), re.MULTILINE)
    assert list(map(int, times)) == list(range(2 * (4 + 5), 2 * (4 + 7) + 2))


def test_toggles(tmp_path):
    model = build(Reverser(1), tmp_path, trace="saif")
    beats = np.array([[n % 2] for n in range(20)], np.uint8)
    toggles = []
    for end in (5, 15):
        path = tmp_path / "toggles.saif"
        model.run(beats, beats[:, 0] > 1, expect_beats=20, waves=path, wave_cycles=(5, end))
        found = re.findall(r"\(m_axis_tdata\\\[(\d)\\\].*\(TC (\d+)\)", path.read_text())
        toggles.append({int(bit): int(count) for bit, count in found})
    # 1, 2, 1, 2, ...: the lowest two bits toggle every cycle.
    more = {bit: toggles[1][bit] - toggles[0][bit] for bit in range(8)}
    assert more == dict.fromkeys(range(2, 8), 0) | {0: 10, 1: 10}


def test_compiler_from_a_wheel(tmp_path, rng):
    model = build(Reverser(5), tmp_path, n_bytes=5, compiler=ZIG)
    beats, last = frames(rng, 200, 5)
    check(model.run(beats, last, expect_beats=200, stall_in=0.5), beats, last)


def test_which_compiler(monkeypatch):
    monkeypatch.setattr(verilate.shutil, "which", {"clang++": "/bin/clang++"}.get)
    assert find_compiler() == ("/bin/clang++",)
    monkeypatch.setattr(verilate.shutil, "which", lambda name: None)
    assert find_compiler() == ZIG

    def missing(package):
        raise ToolError(package)

    monkeypatch.setattr(verilate, "wheel_folder", missing)
    with pytest.raises(ToolError, match=r"needs a C\+\+ compiler: install g\+\+, clang\+\+ or"):
        find_compiler()


def test_compiler_that_fails_leaves_no_simulator(tmp_path):
    with pytest.raises(ToolError, match="The C\\+\\+ compiler failed with exit code 1"):
        build(Reverser(1), tmp_path, compiler=[shutil.which("false")])
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["verilator.log"]


def test_wrong_ports(tmp_path):
    with pytest.raises(ValueError, match="s_axis_tdata of 'top' must have 16 bits, not 8"):
        build(Reverser(1), tmp_path, in_bytes=2)
    verilog = tmp_path / "other.v"
    verilog.write_text("module other(input clk, input rst); endmodule\n")
    with pytest.raises(ValueError, match="'other' has no port s_axis_tvalid"):
        CompiledModel.build(verilog, top="other", in_bytes=1, out_bytes=1, work=tmp_path / "work")


def test_verilator_error_is_told(tmp_path):
    verilog = tmp_path / "top.v"
    verilog.write_text("module top(input clk; endmodule\n")
    with pytest.raises(ToolError, match=r"Verilator failed .*\n(.*\n)*.*syntax error"):
        CompiledModel.build(verilog, top="top", in_bytes=1, out_bytes=1, work=tmp_path / "work")


def test_wrong_calls(reverser, rng, tmp_path):
    beats, last = frames(rng, 4, 25)
    for changed, message in [
        ({"beats": beats[:, :24]}, r"must be uint8 of shape \(n, 25\), not uint8 of shape"),
        ({"beats": beats.astype(int)}, "must be uint8 of shape .*, not int64 of shape"),
        ({"last": last[:3]}, r"There are 4 beats, but marks of shape \(3,\)"),
        ({"stall_in": 1.0}, r"stall_in must be from 0 to below 1, not 1\.0"),
        ({"stall_out": -0.1}, r"stall_out must be from 0 to below 1, not -0\.1"),
        ({"waves": tmp_path / "x.vcd"}, "was built without waves"),
    ]:
        with pytest.raises(ValueError, match=message):
            reverser.run(**({"beats": beats, "last": last} | changed))


def test_runs_leave_nothing_behind(reverser, rng):
    before = set(os.listdir(reverser.program.parent))
    reverser.run(*frames(rng, 10, 25), expect_beats=10)
    assert set(os.listdir(reverser.program.parent)) == before
