"""VGG-16 and ResNet-18 at 224x224, with random levels or as float ONNX with random weights."""

import numpy as np

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.add import Add
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.max_pool import MaxPool
from quant.network import INPUT, Network, Node
from tests.quant.float_models import FloatBuilder

__all__ = ["resnet18", "vgg16", "write_float"]

ACT = ActFormat(8, 4, signed=False)
SUM = ActFormat(8, 4, signed=True)
CODEBOOK = PowerOfTwo(2)


class _Builder:
    """Appends layers; each takes what the one before gives, unless told otherwise."""

    def __init__(self, rng):
        self.rng = rng
        self.nodes = []
        self.head, self.shape, self.fmt = INPUT, (224, 224, 3), ACT

    def append(self, layer, *inputs):
        name = f"{layer.kind}{len(self.nodes)}"
        self.nodes.append(Node(name, layer, inputs or (self.head,)))
        self.head, self.shape, self.fmt = name, layer.out_shape, layer.out_format
        return self

    def weighted(self, kind, shape, out_format=ACT, **parameters):
        levels = CODEBOOK.levels[self.rng.integers(0, len(CODEBOOK.levels), shape)]
        # Keeps the spread of activations: the levels' is 2.45, and a ReLU leaves half.
        shift = round(np.log2(2.45 * np.sqrt(np.prod(shape[:-1]) / 2)))
        return self.append(
            kind(
                in_shape=self.shape,
                in_format=self.fmt,
                out_format=out_format,
                codebook=CODEBOOK,
                levels=levels,
                bias=np.zeros(shape[-1], np.int64),
                shift=np.full(shape[-1], shift),
                **parameters,
            )
        )

    def conv(self, c_out, kernel=3, stride=1, out_format=ACT):
        shape = kernel, kernel, self.shape[2], c_out
        padding = (kernel // 2,) * 4
        return self.weighted(Conv2d, shape, out_format, stride=(stride, stride), padding=padding)

    def pool(self, kernel=2, padding=0):
        size = {"kernel": (kernel, kernel), "stride": (2, 2), "padding": (padding,) * 4}
        return self.append(MaxPool(in_shape=self.shape, in_format=self.fmt, **size))

    def dense(self, c_out):
        return self.weighted(Dense, (int(np.prod(self.shape)), c_out))

    def residual(self, c_out, stride):
        fork = self.head, self.shape, self.fmt
        self.conv(c_out, stride=stride).conv(c_out, out_format=SUM)
        main = self.head, self.shape, self.fmt
        if stride > 1 or fork[1][2] != c_out:
            self.head, self.shape, self.fmt = fork
            self.conv(c_out, 1, stride, SUM)
            fork = self.head, self.shape, self.fmt
        add = Add(in_shape=main[1], in_format=main[2], others=((fork[1], fork[2]),), out_format=ACT)
        return self.append(add, main[0], fork[0])

    def network(self, name):
        return Network(name, tuple(self.nodes))


def vgg16(rng):
    """15.5 billion multiply-accumulates, 138 million weights."""
    net = _Builder(rng)
    for c_out, n in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(n):
            net.conv(c_out)
        net.pool()
    return net.dense(4096).dense(4096).dense(1000).network("vgg16")


def resnet18(rng):
    """1.8 billion multiply-accumulates."""
    net = _Builder(rng).conv(64, 7, 2).pool(3, 1)
    for c_out in (64, 128, 256, 512):
        net.residual(c_out, 1 if c_out == 64 else 2).residual(c_out, 1)
    mean = GlobalAveragePool(in_shape=net.shape, in_format=net.fmt)
    return net.append(mean).dense(1000).network("resnet18")


def write_float(name, path):
    """Write the float ONNX file of ``resnet18`` or ``vgg16``; returns its path."""
    net = FloatBuilder(path, (3, 224, 224))
    if name == "resnet18":
        net.conv(64, 7, 2, [3] * 4).pool(kernel=3, pads=[1] * 4)
        for c_out in (64, 128, 256, 512):
            net.residual(c_out, 1 if c_out == 64 else 2).residual(c_out, 1)
        return net.classify(1000).save()
    for c_out, n in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(n):
            net.conv(c_out, 3, norm=False)
        net.pool()
    net.add("Flatten").dense(25088, 4096, "Relu").dense(4096, 4096, "Relu").dense(4096, 1000)
    return net.add("Softmax", axis=1).save()
