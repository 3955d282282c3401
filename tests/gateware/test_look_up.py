"""Tables against the golden ones, bit for bit and cycle for cycle."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from quant.layers import look_up
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.look_up import LookUp
from shiftconv.gateware.memory_shape import MemoryShape
from tests.gateware.images import beats_to_images, images_to_beats
from tests.gateware.layers import check_component

FORMATS = [
    (ActFormat(4, 0, signed=True), ActFormat(6, 0, signed=False)),
    (ActFormat(3, 0, signed=False), ActFormat(2, 0, signed=True)),
    (ActFormat(8, 0, signed=True), ActFormat(8, 0, signed=True)),
    (ActFormat(2, 0, signed=False), ActFormat(10, 0, signed=False)),
]
PARS = [(1, 1), (3, 2), (4, 1), (4, 4), (7, 3)]


@pytest.mark.parametrize("at", range(len(FORMATS)))
@pytest.mark.parametrize("per_channel", [False, True], ids=["common", "own"])
def test_entries(at, per_channel, rng, stall):
    fmt, out_format = FORMATS[at]
    for channels, par in PARS[at % 2 :: 2]:
        _check_entries(fmt, out_format, channels, par, per_channel, rng, stall)


def _check_entries(fmt, out_format, channels, par, per_channel, rng, stall):
    shape = (channels, 2**fmt.width) if per_channel else (2**fmt.width,)
    table = rng.integers(out_format.lo, out_format.hi + 1, shape)
    layer = look_up.LookUp(
        in_shape=(2, 3, channels), in_format=fmt, table=table, function="any", out_format=out_format
    )
    unit = LookUp(
        in_format=fmt, out_format=out_format, table=table, channels=channels, par=par, n_pixels=6
    )
    check_component(unit, layer, 6 * n_beats(channels, par), rng=rng, stall=stall)


@pytest.mark.parametrize("fmt", [ActFormat(5, 0, signed=True), ActFormat(5, 0, signed=False)])
def test_every_entry_is_at_its_value(fmt):
    """Negative values stand behind the others."""
    values = np.arange(fmt.lo, fmt.hi + 1)
    out_format = ActFormat(12, 0, signed=True)
    table = np.zeros(32, np.int64)
    table[values % 32] = values**2 - 3 * values
    unit = LookUp(in_format=fmt, out_format=out_format, table=table, channels=1, par=1, n_pixels=32)
    beats = images_to_beats(values.reshape(1, 1, 32, 1), 5, 1)
    recording = simulate_streams(unit, {"i": beats}, 32)
    found = beats_to_images(recording.payloads, (1, 32, 1), 12, 1, signed=True)
    assert np.array_equal(found.ravel(), values**2 - 3 * values)
    assert recording.cycles == list(range(2, 34))


def test_memories():
    """A lane has one table, or those of its channels."""
    common, own = np.zeros(16, np.int64), np.zeros((7, 16), np.int64)
    tables = MemoryShape(depth=16, width=5, fixed=True, count=3)
    assert LookUp.memories(common, out_width=5, channels=7, par=3) == (tables,)
    found = LookUp.memories(own, out_width=5, channels=7, par=3)
    assert [(m.name, m.count, m.depth) for m in found] == [
        ("tables", 1, 3 * 16),
        ("short_tables", 2, 2 * 16),
    ]
    [whole] = LookUp.memories(own[:6], out_width=5, channels=6, par=3)
    assert (whole.name, whole.count, whole.depth) == ("tables", 3, 2 * 16)
    [few] = LookUp.memories(own[:2], out_width=5, channels=2, par=2)
    assert (few.name, few.count, few.depth) == ("tables", 2, 16)
