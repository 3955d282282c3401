"""What an output value depends on, against references of inputs changed elsewhere."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat, requantize
from quant.layers import LAYERS
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample
from tests.gateware.layers import random_conv, random_dense, random_depthwise

FMT = ActFormat(8, 0, signed=True)
SHAPE = (6, 5, 3)
IMAGE = {"in_shape": SHAPE, "in_format": FMT}
WINDOW = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 1, 0, 1)}


def examples(rng):
    book = {"codebook": PowerOfTwo(2), "fmt": FMT}
    return [
        random_conv(rng, in_shape=SHAPE, c_out=4, **WINDOW, **book),
        random_depthwise(rng, in_shape=SHAPE, **WINDOW, **book),
        random_dense(rng, in_shape=(2, 2, 3), c_out=4, **book),
        MaxPool(**IMAGE, **WINDOW),
        AveragePool(**IMAGE, **WINDOW),
        GlobalAveragePool(**IMAGE),
        Upsample(**IMAGE, factor=3),
        ChannelSlice(**IMAGE, start=1, stop=3),
        LookUp(**IMAGE, table=rng.permutation(256) - 128, function="any", out_format=FMT),
        Add(**IMAGE, others=((SHAPE, FMT),), out_format=FMT),
        Concat(**IMAGE, others=(((6, 5, 2), FMT),), out_format=FMT),
    ]


@pytest.mark.parametrize("kind", LAYERS)
def test_only_what_is_in_reach_matters(kind):
    rng = np.random.default_rng(4)
    (layer,) = [layer for layer in examples(rng) if layer.kind == kind]

    def random_images():
        return [rng.integers(FMT.lo, FMT.hi + 1, (1, *shape)) for shape, _ in layer.inputs]

    for _ in range(20):
        row, column, channel = (int(rng.integers(size)) for size in layer.out_shape)
        acts, others = random_images(), random_images()
        places = []
        for act, other, region in zip(acts, others, layer.reach(row, column, channel), strict=True):
            inside = [
                [i for i in r if 0 <= i < n] for r, n in zip(region, act.shape[1:], strict=True)
            ]
            places.append(np.ix_([0], *inside))
            other[places[-1]] = act[places[-1]]
        expected = layer.reference(*acts)[0, row, column, channel]
        assert layer.reference(*others)[0, row, column, channel] == expected
        weights = layer.weights_of(channel)
        if weights is None:
            continue
        ((rows, columns, channels),) = layer.reach(row, column, channel)
        assert weights.shape == (len(rows), len(columns), len(channels))
        window = np.zeros(weights.shape, np.int64)
        for (y, x, c), _ in np.ndenumerate(window):
            at = rows[y], columns[x], channels[c]
            if all(0 <= i < n for i, n in zip(at, layer.in_shape, strict=True)):
                window[y, x, c] = acts[0][0, *at]
        dot = (window * weights).sum() + layer.bias[channel]
        assert requantize(dot, layer.shift[channel], layer.out_format) == expected
