"""Golden layers of graphs against naive loops."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.upsample import Upsample
from tests.quant.layers.test_layers import (
    SIGNED,
    UNSIGNED,
    naive_conv,
    random_act,
    random_acts,
    random_add,
    random_average,
    random_concat,
    random_conv,
    random_depthwise,
    random_table,
    rounded,
)


def clamped(value, fmt):
    return min(max(round(value), fmt.lo), fmt.hi)


def naive_average(layer, act):
    top, left, _, _ = layer.padding
    height, width, _ = layer.in_shape
    out = np.zeros((len(act), *layer.out_shape), np.int64)
    for n, y, x, c in np.ndindex(*out.shape):
        total, count = 0, 0
        for i, j in np.ndindex(*layer.kernel):
            row, column = y * layer.stride[0] + i - top, x * layer.stride[1] + j - left
            inside = 0 <= row < height and 0 <= column < width
            total += int(act[n, row, column, c]) if inside else 0
            count += inside or layer.count_include_pad
        out[n, y, x, c] = round(Fraction(total, count))
    return out


@settings(max_examples=40)
@given(st.data())
def test_windows_equal_loops_anywhere(data):
    def draw(low, high):
        return data.draw(st.integers(low, high))

    rng = np.random.default_rng(draw(0, 2**32))
    kernel = draw(1, 4), draw(1, 4)
    geometry = {
        "stride": (draw(1, 4), draw(1, 4)),
        "padding": tuple(draw(0, kernel[side % 2] - 1) for side in range(4)),
    }
    shape = draw(kernel[0], 7), draw(kernel[1], 7), draw(1, 3)
    counts = bool(draw(0, 1))
    pool = random_average(rng, shape, kernel=kernel, count_include_pad=counts, **geometry)
    act = random_act(rng, pool, n=2)
    assert (pool.reference(act) == naive_average(pool, act)).all()
    depthwise = random_depthwise(rng, shape, kernel, PowerOfTwo(draw(0, 4)), **geometry)
    act = random_act(rng, depthwise, n=2)
    for c in range(shape[2]):
        alone = random_conv(
            rng,
            (*shape[:2], 1),
            kernel,
            1,
            depthwise.codebook,
            levels=depthwise.levels[:, :, c, None, None],
            bias=depthwise.bias[c : c + 1],
            shift=depthwise.shift[c : c + 1],
            **geometry,
        )
        wanted = naive_conv(alone, act[..., c : c + 1])
        assert (depthwise.reference(act)[..., c : c + 1] == wanted).all()


@pytest.mark.parametrize("signed", [False, True])
def test_means_round_half_to_even_for_every_sum(signed):
    fmt = ActFormat(4, 0, signed=signed)
    values = np.arange(fmt.lo, fmt.hi + 1)
    act = np.stack(np.meshgrid(values, values), axis=-1).reshape(-1, 1, 2, 1)
    pool = AveragePool(in_shape=(1, 2, 1), in_format=fmt, kernel=(1, 2))
    everywhere = GlobalAveragePool(in_shape=(1, 2, 1), in_format=fmt)
    wanted = [round(Fraction(int(a + b), 2)) for a, b in act[:, 0, :, 0]]
    assert pool.reference(act).ravel().tolist() == wanted
    assert everywhere.reference(act).ravel().tolist() == wanted


@pytest.mark.parametrize("out_format", [SIGNED, UNSIGNED, ActFormat(16, 5, True)], ids=str)
def test_add_equals_fractions(rng, out_format):
    add = random_add(rng, out_format=out_format)
    acts = random_acts(rng, add, 20)
    found = add.reference(*acts)
    for at in np.ndindex(*found.shape):
        total = sum(
            Fraction(int(act[at])) / Fraction(2) ** fmt.frac
            for act, (_, fmt) in zip(acts, add.inputs, strict=True)
        )
        assert found[at] == clamped(total * Fraction(2) ** out_format.frac, out_format)


def test_concat_equals_loops(rng):
    concat = random_concat(rng)
    acts = random_acts(rng, concat, 20)
    found = concat.reference(*acts)
    first = 0
    for act, (shape, fmt) in zip(acts, concat.inputs, strict=True):
        for at in np.ndindex(*act.shape):
            wanted = rounded(int(act[at]), fmt.frac - concat.out_format.frac, concat.out_format)
            assert found[(*at[:3], first + at[3])] == wanted
        first += shape[2]
    assert first == concat.out_shape[2]


@pytest.mark.parametrize("channels", [(), (4,)])
def test_table_is_read_by_bit_pattern(rng, channels):
    look_up = random_table(rng, channels=channels)
    act = random_act(rng, look_up, 20)
    found = look_up.reference(act)
    for at in np.ndindex(*act.shape):
        row = look_up.table[at[3]] if channels else look_up.table
        assert found[at] == row[int(act[at]) & 63]


def test_slice_and_upsample_equal_loops(rng):
    cut = ChannelSlice(in_shape=(2, 3, 5), in_format=SIGNED, start=1, stop=3)
    larger = Upsample(in_shape=(2, 3, 5), in_format=SIGNED, factor=2)
    act = random_act(rng, cut)
    for n, y, x, c in np.ndindex(3, 4, 6, 5):
        assert larger.reference(act)[n, y, x, c] == act[n, y // 2, x // 2, c]
    for n, y, x, c in np.ndindex(3, 2, 3, 2):
        assert cut.reference(act)[n, y, x, c] == act[n, y, x, c + 1]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda rng: random_add(rng, others=()), "at least two inputs"),
        (
            lambda rng: random_add(rng, others=(((3, 3, 4), SIGNED),)),
            "Summands must have one shape",
        ),
        (lambda rng: random_concat(rng, others=(((2, 2, 4), SIGNED),)), "must have one size"),
        (
            lambda rng: ChannelSlice(in_shape=(1, 1, 4), in_format=SIGNED, start=2, stop=5),
            "Channels 2 to 5 do not lie within the 4",
        ),
        (lambda rng: Upsample(in_shape=(1, 1, 4), in_format=SIGNED, factor=5), "from 2 to 4"),
        (
            lambda rng: random_table(rng, in_format=ActFormat(11, 0, True)),
            "at most 10 bits, not 11",
        ),
        (
            lambda rng: random_table(rng, channels=(3,)),
            r"Table must have shape \(64,\) or \(4, 64\)",
        ),
        (
            lambda rng: LookUp(
                in_shape=(1, 1, 1),
                in_format=ActFormat(2, 0, True),
                table=np.full(4, 64),
                function="high",
                out_format=SIGNED,
            ),
            "Table must lie within",
        ),
        (
            lambda rng: random_depthwise(rng, (6, 5, 2), in_shape=(6, 5, 3)),
            r"\(k_h, k_w, 3\), not \(3, 2, 2\)",
        ),
    ],
)
def test_wrong_layers(rng, build, message):
    with pytest.raises(ValueError, match=message):
        build(rng)
