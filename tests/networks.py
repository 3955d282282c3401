"""Small quantized networks."""

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.max_pool import MaxPool
from quant.network import Network, Node
from tests.gateware.layers import random_conv, random_dense

__all__ = ["classifier", "fully_convolutional", "network", "vectors"]

IMAGE, HIDDEN = ActFormat(5, 0, signed=True), ActFormat(4, 0, signed=False)
RESULT = ActFormat(8, 0, signed=True)


def network(*layers):
    """The layers as a chain with names ``kind0``, ``kind1``, ..."""
    nodes = (Node(f"{layer.kind}{n}", layer) for n, layer in enumerate(layers))
    return Network("small", tuple(nodes))


def classifier(rng):
    """Convolution, pooling, convolution, fully connected."""
    return network(
        random_conv(
            rng, in_shape=(6, 6, 2), c_out=3, kernel=(3, 3), padding=(1, 1, 1, 1),
            codebook=PowerOfTwo(2), fmt=IMAGE, out_format=HIDDEN,
        ),
        MaxPool(in_shape=(6, 6, 3), in_format=HIDDEN, kernel=(2, 2), stride=(2, 2)),
        random_conv(
            rng, in_shape=(3, 3, 3), c_out=4, kernel=(2, 2),
            codebook=PowerOfTwo(1), fmt=HIDDEN,
        ),
        random_dense(
            rng, in_shape=(2, 2, 4), c_out=3, codebook=PowerOfTwo(3), fmt=HIDDEN,
            out_format=RESULT,
        ),
    )  # fmt: skip


def fully_convolutional(rng):
    """Its output begins long before its input ends."""
    return network(
        random_conv(
            rng, in_shape=(15, 3, 2), c_out=3, kernel=(2, 2), padding=(0, 1, 1, 0),
            codebook=PowerOfTwo(2), fmt=IMAGE,
        ),
        MaxPool(in_shape=(15, 3, 3), in_format=IMAGE, kernel=(2, 1), stride=(1, 1)),
        random_conv(
            rng, in_shape=(14, 3, 3), c_out=2, kernel=(1, 1), codebook=PowerOfTwo(0), fmt=IMAGE,
            out_format=RESULT,
        ),
    )  # fmt: skip


def vectors(rng):
    """Two fully connected layers; a frame is one pixel."""
    return network(
        random_dense(rng, in_shape=(1, 1, 4), c_out=3, codebook=PowerOfTwo(2), fmt=IMAGE),
        random_dense(rng, in_shape=(1, 1, 3), c_out=2, codebook=PowerOfTwo(2), fmt=IMAGE),
    )
