"""Golden layers against naive loops, and what every kind promises."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.layers import LAYERS
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.depthwise_conv2d import DepthwiseConv2d
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample

UNSIGNED = ActFormat(8, 4, signed=False)
SIGNED = ActFormat(6, 0, signed=True)


def random_act(rng, layer, n=3):
    return random_acts(rng, layer, n)[0]


def random_acts(rng, layer, n=3):
    """Activations for every input."""
    return [rng.integers(fmt.lo, fmt.hi + 1, (n, *shape)) for shape, fmt in layer.inputs]


def random_conv(rng, shape=(6, 5, 2), kernel=(3, 2), c_out=4, codebook=None, **changes):
    codebook = codebook or PowerOfTwo(3)
    return Conv2d(
        **{
            "in_shape": shape,
            "in_format": UNSIGNED,
            "codebook": codebook,
            "levels": rng.choice(codebook.levels, (*kernel, shape[2], c_out)),
            "bias": rng.integers(-500, 500, c_out),
            "shift": rng.integers(-1, 8, c_out),
            "out_format": ActFormat(8, 2, signed=True),
            **changes,
        }
    )


def random_dense(rng, shape=(2, 3, 4), c_out=5, **changes):
    codebook = PowerOfTwo(2)
    return Dense(
        **{
            "in_shape": shape,
            "in_format": UNSIGNED,
            "codebook": codebook,
            "levels": rng.choice(codebook.levels, (np.prod(shape), c_out)),
            "bias": rng.integers(-500, 500, c_out),
            "shift": rng.integers(0, 5, c_out),
            "out_format": ActFormat(16, 2, signed=True),
            **changes,
        }
    )


def random_pool(rng, shape=(5, 6, 3), **changes):
    parameters = {"kernel": (2, 3), "stride": (2, 1), "padding": (1, 0, 0, 2), **changes}
    return MaxPool(in_shape=shape, in_format=ActFormat(6, 0, signed=True), **parameters)


def random_depthwise(rng, shape=(6, 5, 3), kernel=(3, 2), codebook=None, **changes):
    codebook = codebook or PowerOfTwo(3)
    return DepthwiseConv2d(
        **{
            "in_shape": shape,
            "in_format": UNSIGNED,
            "codebook": codebook,
            "levels": rng.choice(codebook.levels, (*kernel, shape[2])),
            "bias": rng.integers(-500, 500, shape[2]),
            "shift": rng.integers(-1, 8, shape[2]),
            "out_format": ActFormat(8, 2, signed=True),
            "stride": (2, 1),
            "padding": (2, 0, 1, 1),
            **changes,
        }
    )


def random_average(rng, shape=(5, 6, 3), **changes):
    parameters = {"kernel": (2, 3), "stride": (2, 1), "padding": (1, 0, 0, 2), **changes}
    return AveragePool(in_shape=shape, **{"in_format": SIGNED, **parameters})


def random_add(rng, shape=(3, 2, 4), **changes):
    others = ((shape, ActFormat(5, 1, signed=False)), (shape, ActFormat(8, -2, signed=True)))
    parameters = {"others": others, "out_format": ActFormat(7, -1, signed=True), **changes}
    return Add(in_shape=shape, **{"in_format": SIGNED, **parameters})


def random_concat(rng, shape=(3, 2, 4), **changes):
    others = (((3, 2, 1), UNSIGNED), ((3, 2, 2), ActFormat(9, -2, signed=True)))
    parameters = {"others": others, "out_format": ActFormat(6, 2, signed=True), **changes}
    return Concat(in_shape=shape, in_format=SIGNED, **parameters)


def random_table(rng, shape=(3, 2, 4), channels=(), in_format=SIGNED, out_format=UNSIGNED):
    table = rng.integers(out_format.lo, out_format.hi + 1, (*channels, 2**in_format.width))
    return LookUp(
        in_shape=shape, in_format=in_format, out_format=out_format, table=table, function="random"
    )


EXAMPLES = {
    "add": random_add,
    "average_pool": random_average,
    "channel_slice": lambda rng: ChannelSlice(
        in_shape=(3, 2, 5), in_format=SIGNED, start=1, stop=4
    ),
    "concat": random_concat,
    "conv2d": random_conv,
    "dense": random_dense,
    "depthwise_conv2d": random_depthwise,
    "global_average_pool": lambda rng: GlobalAveragePool(in_shape=(3, 4, 2), in_format=SIGNED),
    "look_up": random_table,
    "max_pool": random_pool,
    "upsample": lambda rng: Upsample(in_shape=(3, 2, 2), in_format=SIGNED, factor=3),
}


def rounded(acc, shift, fmt):
    """Python's round is half to even, and its integers never overflow."""
    value = round(acc / 2**shift) if shift >= 0 else acc * 2**-shift
    return min(max(value, fmt.lo), fmt.hi)


def naive_conv(layer, act):
    top, left, _, _ = layer.padding
    k_h, k_w, c_in, _ = layer.levels.shape
    height, width, _ = layer.in_shape
    out = np.zeros((len(act), *layer.out_shape), np.int64)
    for n, y, x, c in np.ndindex(*out.shape):
        acc = int(layer.bias[c])
        for i, j, k in np.ndindex(k_h, k_w, c_in):
            row, column = y * layer.stride[0] + i - top, x * layer.stride[1] + j - left
            if 0 <= row < height and 0 <= column < width:
                acc += int(act[n, row, column, k]) * int(layer.levels[i, j, k, c])
        out[n, y, x, c] = rounded(acc, int(layer.shift[c]), layer.out_format)
    return out


def naive_pool(layer, act):
    top, left, _, _ = layer.padding
    height, width, _ = layer.in_shape
    out = np.zeros((len(act), *layer.out_shape), np.int64)
    for n, y, x, c in np.ndindex(*out.shape):
        y_0, x_0 = y * layer.stride[0] - top, x * layer.stride[1] - left
        rows = range(max(y_0, 0), min(y_0 + layer.kernel[0], height))
        columns = range(max(x_0, 0), min(x_0 + layer.kernel[1], width))
        out[n, y, x, c] = max(act[n, row, column, c] for row in rows for column in columns)
    return out


@pytest.fixture(params=LAYERS)
def layer(request, rng):
    return EXAMPLES[request.param](rng)


def test_out_shape_and_range_hold(layer, rng):
    out = layer.reference(*random_acts(rng, layer))
    assert out.shape == (3, *layer.out_shape)
    assert out.dtype == np.int64
    assert layer.out_format.lo <= out.min() <= out.max() <= layer.out_format.hi


def test_frames_do_not_mix(layer, rng):
    acts = random_acts(rng, layer)
    each = [
        layer.reference(*frames)
        for frames in zip(*([a[n : n + 1] for n in range(3)] for a in acts), strict=True)
    ]
    assert (layer.reference(*acts) == np.concatenate(each)).all()


def test_operator_reads_back(layer, rng):
    parameters = {"in_shape": layer.in_shape, "in_format": layer.in_format}
    known = {"codebook", "bias", "shift", "others", "out_format"}
    for field in fields(layer):
        if field.init and field.name in known:
            parameters[field.name] = getattr(layer, field.name)
    again = type(layer).from_operator(layer.operator(), **parameters)
    acts = random_acts(rng, layer)
    assert (again.reference(*acts) == layer.reference(*acts)).all()
    assert again.out_shape == layer.out_shape


@pytest.mark.parametrize("shape", [(0, 3, 1), (3, 3), (3, 3, 0)])
def test_wrong_input_shape(shape):
    with pytest.raises(ValueError, match="Input shape must be"):
        MaxPool(in_shape=shape, in_format=UNSIGNED, kernel=(1, 1))


@pytest.mark.parametrize("in_format", [ActFormat(8, 0, False), ActFormat(5, 1, True)])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [
        ((1, 1), (1, 1), (0, 0, 0, 0)),
        ((3, 3), (1, 1), (1, 1, 1, 1)),
        ((3, 2), (2, 1), (2, 0, 1, 1)),
        ((2, 5), (1, 4), (0, 4, 1, 2)),
        ((6, 5), (1, 1), (0, 0, 0, 0)),
    ],
)
def test_conv_equals_loops(rng, in_format, kernel, stride, padding):
    conv = random_conv(rng, kernel=kernel, stride=stride, padding=padding, in_format=in_format)
    act = random_act(rng, conv)
    assert (conv.reference(act) == naive_conv(conv, act)).all()


@settings(max_examples=60)
@given(st.data())
def test_conv_and_pool_equal_loops_anywhere(data):
    def draw(low, high):
        return data.draw(st.integers(low, high))

    rng = np.random.default_rng(draw(0, 2**32))
    kernel = draw(1, 4), draw(1, 4)
    geometry = {
        "stride": (draw(1, 4), draw(1, 4)),
        "padding": tuple(draw(0, kernel[side % 2] - 1) for side in range(4)),
    }
    shape = draw(kernel[0], 7), draw(kernel[1], 7), draw(1, 3)
    conv = random_conv(rng, shape, kernel, draw(1, 3), PowerOfTwo(draw(0, 4)), **geometry)
    act = random_act(rng, conv, n=2)
    assert (conv.reference(act) == naive_conv(conv, act)).all()
    pool = random_pool(rng, shape, kernel=kernel, **geometry)
    act = random_act(rng, pool, n=2)
    assert (pool.reference(act) == naive_pool(pool, act)).all()


def test_dense_equals_loops(rng):
    dense = random_dense(rng)
    act = random_act(rng, dense)
    for n, c in np.ndindex(len(act), 5):
        acc = sum(int(x) * int(w) for x, w in zip(act[n].flat, dense.levels[:, c], strict=True))
        wanted = rounded(acc + int(dense.bias[c]), int(dense.shift[c]), dense.out_format)
        assert dense.reference(act)[n, 0, 0, c] == wanted


@pytest.mark.parametrize("extreme", ["lo", "hi"])
def test_sums_beyond_single_precision_are_exact(extreme):
    fmt = ActFormat(16, 0, signed=True)
    dense = Dense(
        in_shape=(1, 1, 5001),
        in_format=fmt,
        codebook=TwosComplement(16),
        levels=np.full((5001, 1), 32767),
        bias=np.array([1]),
        shift=np.array([28]),
        out_format=fmt,
    )
    act = np.full((1, 1, 1, 5001), getattr(fmt, extreme))
    acc = 5001 * 32767 * getattr(fmt, extreme) + 1
    assert dense.dot(act.reshape(1, -1)).item() == acc - 1
    assert dense.reference(act).item() == rounded(acc, 28, fmt)


def test_accumulator_holds_the_worst_case_and_no_bit_more(rng):
    dense = random_dense(rng)
    lo, hi = dense.dot_bounds
    worst = np.where(dense.levels > 0, UNSIGNED.hi, 0)
    assert (hi == (worst * dense.levels).sum(axis=0)).all()
    reach = max(int(-(lo + np.minimum(dense.bias, 0)).min()), int((hi + dense.bias).max()))
    assert 2 ** (dense.acc_width - 2) <= reach <= 2 ** (dense.acc_width - 1)


def test_macs_count_padding(rng):
    conv = random_conv(rng, padding=(1, 1, 1, 0))
    height, width, channels = conv.out_shape
    assert conv.macs == height * width * channels * 3 * 2 * 2
    assert random_dense(rng).macs == 24 * 5
    assert random_pool(rng).macs == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": np.ones((3, 3, 5, 4), int)}, r"\(k_h, k_w, 2, c_out\), not \(3, 3, 5, 4\)"),
        ({"levels": np.ones((3, 3, 2, 4))}, "levels must be integers, not float64"),
        ({"levels": np.full((3, 3, 2, 4), 3)}, "Level 3 is not in the codebook"),
        ({"bias": np.zeros(3, int)}, "one value for each of the 4 output channels"),
        ({"bias": np.full(4, 2**48)}, "Accumulator must fit in 48 bits"),
        ({"padding": (3, 0, 0, 0)}, "Padding must be from 0 to less than the kernel"),
        ({"stride": (5, 1)}, "Stride must be from 1 to 4"),
        ({"in_shape": (2, 1, 2)}, "does not fit into the padded image 2x1"),
    ],
)
def test_wrong_conv(rng, changes, message):
    with pytest.raises(ValueError, match=message):
        random_conv(rng, **changes)


def test_wrong_dense(rng):
    with pytest.raises(ValueError, match=r"Levels must have shape \(24, c_out\), not \(23, 5\)"):
        random_dense(rng, levels=np.ones((23, 5), int))


def test_parameters_cannot_change(rng):
    conv = random_conv(rng)
    with pytest.raises(ValueError, match="read-only"):
        conv.levels[0] = 0
