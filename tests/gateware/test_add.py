"""Sums of streams against the golden sum, bit for bit and cycle for cycle."""

import pytest

from quant.fixed_point import ActFormat
from quant.layers import add
from shiftconv.flow.simulation.stream_simulation import StreamError, simulate_streams
from shiftconv.gateware.add import Add
from shiftconv.gateware.beat import n_beats
from tests.gateware.layers import check_component

BYTE, SMALL = ActFormat(8, 4, signed=True), ActFormat(3, 0, signed=False)
COARSE, FINE = ActFormat(4, -2, signed=True), ActFormat(5, 6, signed=False)

# Formats of the inputs and of the output.
FORMATS = {
    "equals": ((BYTE, BYTE), BYTE),
    "unsigned": ((SMALL, SMALL), SMALL),
    "relu": ((BYTE, BYTE), ActFormat(8, 4, signed=False)),
    "aligned": ((BYTE, SMALL), ActFormat(6, 2, signed=True)),
    "far apart": ((COARSE, FINE), SMALL),
    "finer output": ((SMALL, COARSE), ActFormat(10, 3, signed=True)),
    "three": ((BYTE, SMALL, FINE), COARSE),
    "five": ((SMALL, COARSE, SMALL, FINE, BYTE), BYTE),
}
SIZES = [((2, 3), 3, 2), ((1, 1), 1, 1), ((3, 1), 4, 4), ((1, 4), 5, 1)]


def _add(formats, out_format, size, channels, par):
    return Add(
        in_formats=formats,
        out_format=out_format,
        channels=channels,
        par=par,
        n_pixels=size[0] * size[1],
    )


@pytest.mark.parametrize(("formats", "out_format"), FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize(("size", "channels", "par"), SIZES)
def test_sums(formats, out_format, size, channels, par, rng, stall):
    shape = (*size, channels)
    layer = add.Add(
        in_shape=shape,
        in_format=formats[0],
        others=tuple((shape, fmt) for fmt in formats[1:]),
        out_format=out_format,
    )
    unit = _add(formats, out_format, size, channels, par)
    cycles = size[0] * size[1] * n_beats(channels, par)
    check_component(unit, layer, cycles, rng=rng, stall=stall, n_frames=6)


def test_latency(rng):
    unit = _add((SMALL, SMALL), SMALL, (2, 2), 1, 1)
    recording = simulate_streams(unit, {"i": [1, 2, 3, 12], "i_1": [1, 5, 1, 8]}, 4)
    # The last one saturates, and carries the mark.
    assert recording.payloads == [2, 7, 4, 0b1100]
    assert recording.cycles == [3, 4, 5, 6]


def test_waits_for_every_input(rng):
    unit = _add((SMALL, SMALL), SMALL, (1, 4), 1, 1)
    with pytest.raises(StreamError, match="after 2 of 4 transfers"):
        simulate_streams(unit, {"i": [0] * 4, "i_1": [0] * 2}, 4, watchdog=20)
