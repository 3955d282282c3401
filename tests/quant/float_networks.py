"""A small float network of layers, not from a file."""

from quant.float_network.graph import FloatNetwork
from quant.float_network.pools import FloatMaxPool
from quant.float_network.weighted import FloatConv, FloatDense

__all__ = ["conv_pool_dense"]


def conv_pool_dense(rng):
    """Convolution with a ReLU, pooling, fully connected; from 6x6x2 to 5."""
    conv = FloatConv(
        name="conv",
        in_shape=(6, 6, 2),
        weights=rng.normal(size=(3, 3, 2, 4)),
        bias=rng.normal(size=4),
        relu=True,
        padding=(1, 1, 1, 1),
        stride=(2, 1),
    )
    pool = FloatMaxPool(name="pool", in_shape=conv.out_shape, kernel=(2, 2), stride=(1, 2))
    dense = FloatDense(
        name="dense",
        in_shape=pool.out_shape,
        weights=rng.normal(size=(24, 5)),
        bias=rng.normal(size=5),
    )
    return FloatNetwork("net", (conv, pool, dense))
