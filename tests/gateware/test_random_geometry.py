"""Geometries that nobody thought of."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers import max_pool
from shiftconv.gateware.folding import ConvFolding, PoolFolding
from shiftconv.gateware.max_pool import MaxPool
from tests.gateware.layers import check_component, fixed_engine, random_conv


def samples(n):
    """The same ``n`` examples in every run."""
    return settings(max_examples=n, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def geometries(draw):
    """Kernels up to 5, strides up to 4, any padding, small images into which the kernel fits."""
    kernel = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.tuples(*(st.integers(0, side - 1) for side in kernel * 2)))
    room = [
        side - before - after
        for side, before, after in zip(kernel, padding, padding[2:], strict=False)
    ]
    height, width = (draw(st.integers(max(1, least), max(1, least) + 3)) for least in room)
    return Geometry(height, width, kernel, stride, padding)


def _formats():
    return st.builds(ActFormat, st.sampled_from([2, 4, 8, 16]), st.just(0), st.booleans())


@samples(35)
@given(data=st.data(), geometry=geometries(), fmt=_formats(), seed=st.integers(0, 2**32 - 1))
def test_convolution(data, geometry, fmt, seed):
    rng = np.random.default_rng(seed)
    c_in, c_out = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    mode = data.draw(st.sampled_from(["pixel", "column", "sliding", "whole"]))
    out_par = c_out if mode == "sliding" else data.draw(st.integers(1, c_out))
    layer = random_conv(
        rng,
        in_shape=(geometry.height, geometry.width, c_in),
        c_out=c_out,
        kernel=geometry.kernel,
        codebook=PowerOfTwo(data.draw(st.integers(0, 4))),
        fmt=fmt,
        out_format=data.draw(_formats()),
        stride=geometry.stride,
        padding=geometry.padding,
    )
    in_par = data.draw(st.integers(1, c_in))
    engine = fixed_engine(layer, ConvFolding(mode=mode, in_par=in_par, out_par=out_par))
    cycles = engine.cycles_per_frame
    check_component(engine, layer, cycles, rng=rng, stall=0.0, then_stall=0.5)


@samples(20)
@given(data=st.data(), geometry=geometries(), fmt=_formats(), seed=st.integers(0, 2**32 - 1))
def test_max_pooling(data, geometry, fmt, seed):
    rng = np.random.default_rng(seed)
    channels = data.draw(st.integers(1, 4))
    layer = max_pool.MaxPool(
        in_shape=(geometry.height, geometry.width, channels),
        in_format=fmt,
        kernel=geometry.kernel,
        stride=geometry.stride,
        padding=geometry.padding,
    )
    mode = data.draw(st.sampled_from(["pixel", "column", "sliding"]))
    folding = PoolFolding(mode=mode, in_par=data.draw(st.integers(1, channels)))
    pool = MaxPool(geometry=geometry, channels=channels, act_format=fmt, folding=folding)
    cycles = folding.cycles(geometry, channels)
    check_component(pool, layer, cycles, rng=rng, stall=0.0, then_stall=0.5)
