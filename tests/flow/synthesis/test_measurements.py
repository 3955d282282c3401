"""Areas that are kept: found again, made again where they are damaged or of something else."""

import pytest

from shiftconv.flow.synthesis import measurements
from shiftconv.flow.synthesis.measurements import Measurements

VERILOG = "module top(input a, input b, output y); assign y = a ^ b; endmodule\n"


class Calls:
    """Stands in for a synthesis that counts."""

    def __init__(self, real):
        self.real = real
        self.n = 0

    def __call__(self, *args, **kwargs):
        self.n += 1
        return self.real(*args, **kwargs)


@pytest.fixture
def calls(monkeypatch):
    counter = Calls(measurements.synthesize)
    monkeypatch.setattr(measurements, "synthesize", counter)
    return counter


def test_nothing_is_done_twice(calls, tmp_path):
    folder = tmp_path / "new" / "store"
    first = Measurements(folder).measure(VERILOG, top="top", family="ice40")
    assert (first.area.lut, first.area.dsp, first.unknown) == (1, 0, {})
    assert any("synth_ice40" in command for command in first.recipe)
    assert Measurements(folder).measure(VERILOG, top="top", family="ice40") == first
    assert calls.n == 1
    [kept] = folder.iterdir()
    kept.write_text(kept.read_text()[:-20])
    assert Measurements(folder).measure(VERILOG, top="top", family="ice40") == first
    assert calls.n == 2


def test_another_recipe_is_another_synthesis(calls, tmp_path):
    store = Measurements(tmp_path)
    recipe = ("synth_ice40 -noabc -top {top}",)
    found = store.measure(VERILOG, top="top", family="ice40", recipe=recipe)
    assert found.recipe[-1] == "synth_ice40 -noabc -top top"
    store.measure(VERILOG.replace("^", "&"), top="top", family="ice40", recipe=recipe)
    assert calls.n == len(list(tmp_path.iterdir())) == 2
