"""A network small enough for every tool, and images for it."""

import numpy as np

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.max_pool import MaxPool
from quant.network import Network, Node

__all__ = ["small_network"]

SHAPE = (8, 8, 1)


def small_network(name="small"):
    """Convolution, pooling, dense; random weights, the same every time."""
    rng = np.random.default_rng(1)
    codebook = PowerOfTwo(2)
    act, out = ActFormat(8, 8, signed=False), ActFormat(16, 8, signed=True)
    conv = Conv2d(
        in_shape=SHAPE,
        in_format=act,
        out_format=act,
        codebook=codebook,
        levels=rng.choice(codebook.levels, (3, 3, 1, 4)),
        bias=rng.integers(-99, 99, 4),
        shift=rng.integers(2, 5, 4),
        padding=(1, 1, 1, 1),
    )
    pool = MaxPool(in_shape=conv.out_shape, in_format=act, kernel=(2, 2), stride=(2, 2))
    dense = Dense(
        in_shape=pool.out_shape,
        in_format=act,
        out_format=out,
        codebook=codebook,
        levels=rng.choice(codebook.levels, (64, 3)),
        bias=rng.integers(-99, 99, 3),
        shift=np.zeros(3, np.int64),
    )
    nodes = (Node("conv", conv), Node("pool", pool), Node("dense", dense))
    return Network(name, nodes, {"scheme": "random"})
