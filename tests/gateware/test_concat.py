"""Channels side by side against the golden ones, bit for bit and cycle for cycle."""

import pytest

from quant.fixed_point import ActFormat
from quant.layers import concat
from shiftconv.gateware.concat import Concat
from tests.gateware.layers import check_component

BYTE, SMALL = ActFormat(8, 4, signed=True), ActFormat(3, 0, signed=False)
FINE = ActFormat(5, 6, signed=False)

# Formats of the inputs and of the output.
FORMATS = {
    "equals": ((BYTE, BYTE), BYTE),
    "all brought": ((SMALL, FINE), BYTE),
    "first brought": ((SMALL, BYTE), BYTE),
    "last brought": ((SMALL, SMALL, FINE), SMALL),
    "four": ((FINE, SMALL, BYTE, FINE), SMALL),
}
CHANNELS = [((1, 2, 1, 3), 1), ((4, 2, 6, 2), 2), ((3, 3, 3, 3), 3), ((2, 4, 2, 2), 1)]


@pytest.mark.parametrize(("formats", "out_format"), FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize(("channels", "par"), CHANNELS)
def test_one_after_the_other(formats, out_format, channels, par, rng, stall):
    size = (1, 1) if len(formats) == par else (2, 3)
    channels = channels[: len(formats)]
    layer = concat.Concat(
        in_shape=(*size, channels[0]),
        in_format=formats[0],
        others=tuple(
            ((*size, count), fmt) for count, fmt in zip(channels[1:], formats[1:], strict=True)
        ),
        out_format=out_format,
    )
    n_pixels = size[0] * size[1]
    unit = Concat(
        in_formats=formats, out_format=out_format, channels=channels, par=par, n_pixels=n_pixels
    )
    cycles = n_pixels * sum(channels) // par
    check_component(unit, layer, cycles, rng=rng, stall=stall, n_frames=6)


def test_parallelism_that_does_not_divide():
    message = r"2 channels per beat must divide every input's, not \(4, 3\)"
    with pytest.raises(ValueError, match=message):
        Concat(in_formats=(BYTE, BYTE), out_format=BYTE, channels=(4, 3), par=2, n_pixels=4)
