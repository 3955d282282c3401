"""Some channels against the golden ones, bit for bit and cycle for cycle."""

import pytest
from amaranth.hdl import signed

from quant.fixed_point import ActFormat
from quant.layers import channel_slice
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.channel_slice import ChannelSlice
from tests.gateware.layers import check_component

FMT = ActFormat(4, 0, signed=True)

# Every slice of up to six channels, at every parallelism that divides its ends.
SLICES = [
    (channels, start, stop, par)
    for channels in range(1, 7)
    for start in range(channels)
    for stop in range(start + 1, channels + 1)
    for par in range(1, channels + 1)
    if start % par == 0 and (stop % par == 0 or stop == channels)
]


@pytest.mark.parametrize("channels", range(1, 7))
def test_every_slice(channels, rng, stall):
    found = [case for case in SLICES if case[0] == channels]
    for _, start, stop, par in found:
        shape = (1, 2, channels)
        layer = channel_slice.ChannelSlice(in_shape=shape, in_format=FMT, start=start, stop=stop)
        unit = ChannelSlice(
            shape=signed(4), channels=channels, start=start, stop=stop, par=par, n_pixels=2
        )
        check_component(unit, layer, 2 * n_beats(channels, par), rng=rng, stall=stall)


@pytest.mark.parametrize(("start", "stop", "par"), [(1, 4, 2), (0, 3, 2), (2, 6, 4)])
def test_parallelism_that_does_not_divide(start, stop, par):
    message = f"{par} channels per beat must divide the slice's ends, not {start} and {stop}"
    with pytest.raises(ValueError, match=message):
        ChannelSlice(shape=signed(4), channels=7, start=start, stop=stop, par=par, n_pixels=1)
