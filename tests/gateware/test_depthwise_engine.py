"""The depthwise engine against the golden convolution, bit for bit and cycle for cycle."""

import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.gateware.conv_engine import ConvWeights
from shiftconv.gateware.depthwise_engine import DepthwiseEngine
from shiftconv.gateware.folding import PoolFolding
from tests.gateware.layers import check_component, conv_parameters, random_conv, random_depthwise
from tests.gateware.windows import GEOMETRIES, brief

MODES = ["pixel", "column", "sliding"]
PARS = [(3, 2), (2, 2), (5, 1), (4, 4), (5, 3), (1, 1)]
FORMATS = [
    ActFormat(4, 0, signed=False),
    ActFormat(8, 0, signed=True),
    ActFormat(2, 0, signed=True),
    ActFormat(8, 0, signed=False),
]


def _engine(layer, folding, **options):
    weights = ConvWeights(levels=layer.levels, bias=layer.bias, shift=layer.shift)
    return DepthwiseEngine(conv_parameters(layer), folding=folding, weights=weights, **options)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
def test_channels_with_kernels_of_their_own(mode, geometry, rng, stall):
    at = GEOMETRIES.index(geometry) * 3 + MODES.index(mode)
    channels, in_par = PARS[at % 6]
    layer = random_depthwise(
        rng,
        in_shape=(geometry.height, geometry.width, channels),
        kernel=geometry.kernel,
        codebook=PowerOfTwo(at % 5),
        fmt=FORMATS[at % 4],
        out_format=FORMATS[at // 2 % 4],
        stride=geometry.stride,
        padding=geometry.padding,
    )
    folding = PoolFolding(mode=mode, in_par=in_par)
    cycles = folding.cycles(geometry, channels)
    check_component(_engine(layer, folding), layer, cycles, rng=rng, stall=stall)


@pytest.mark.parametrize("mode", MODES)
def test_multipliers(mode, rng, stall):
    """The baseline: the same with weights of any value."""
    layer = random_depthwise(
        rng,
        in_shape=(3, 4, 3),
        kernel=(2, 3),
        codebook=TwosComplement(4),
        fmt=ActFormat(4, 0, signed=True),
        padding=(1, 1, 0, 1),
    )
    folding = PoolFolding(mode=mode, in_par=2)
    cycles = folding.cycles(layer.geometry, 3)
    check_component(_engine(layer, folding), layer, cycles, rng=rng, stall=stall)


@pytest.mark.parametrize(
    ("mode", "in_par", "out_par"),
    [("pixel", 4, 1), ("column", 4, 2), ("column", 6, 3), ("sliding", 4, 4), ("column", 5, 5)],
)
def test_output_keeps_pace(mode, in_par, out_par, rng):
    """So few channels per beat as have left when the next windows are done."""
    layer = random_depthwise(
        rng,
        in_shape=(2, 2, 6),
        kernel=(2, 2),
        codebook=PowerOfTwo(1),
        fmt=ActFormat(4, 0, signed=False),
    )
    assert _engine(layer, PoolFolding(mode=mode, in_par=in_par)).out_par == out_par


def test_other_number_of_outputs(rng):
    layer = random_conv(
        rng,
        in_shape=(1, 1, 3),
        c_out=2,
        kernel=(1, 1),
        codebook=PowerOfTwo(1),
        fmt=ActFormat(4, 0, signed=False),
    )
    with pytest.raises(ValueError, match="has as many outputs as inputs, not 2 and 3"):
        _engine(layer, PoolFolding(mode="pixel", in_par=1))
