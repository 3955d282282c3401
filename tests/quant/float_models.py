"""Float networks that people use, as ONNX with random weights: the files that importers see."""

import numpy as np

from tests.quant.onnx_models import DATA, ChainFile

__all__ = ["MODELS", "FloatBuilder", "write_model"]


class FloatBuilder(ChainFile):
    """Adds blocks with random weights of a scale that keeps activations alive.

    Parameters
    ----------
    path : Path
    in_dims : (channels, height, width)
    """

    def __init__(self, path, in_dims, seed=0):
        super().__init__(path, in_dims, opset=13)
        self.rng = np.random.default_rng(seed)
        self.channels = in_dims[0]

    def conv(self, c_out, kernel, stride=1, pads=None, group=1, act="Relu", norm=True):
        """Convolution, batch norm and activation."""
        k_h, k_w = (kernel, kernel) if isinstance(kernel, int) else kernel
        pads = [(k_h - 1) // 2, (k_w - 1) // 2, k_h // 2, k_w // 2] if pads is None else pads
        shape = c_out, self.channels // group, k_h, k_w
        weights = self.rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
        stride = [stride] * 2 if isinstance(stride, int) else stride
        bias = () if norm else (np.float32(self.rng.normal(size=c_out) / 10),)
        self.add("Conv", DATA, np.float32(weights), *bias, strides=stride, pads=pads, group=group)
        self.channels = c_out
        if norm:
            gamma, beta, mean = 1 + self.rng.normal(size=(3, c_out)) / 10
            norms = gamma, beta - 1, (mean - 1) / 10, gamma**2
            self.add("BatchNormalization", DATA, *map(np.float32, norms))
        return self.activation(act)

    def activation(self, act):
        """ReLU, ReLU6 as exporters write it, or none."""
        if act == "Relu6":
            self.add("Clip", DATA, np.float32(0), np.float32(6))
        elif act:
            self.add(act)
        return self

    def pool(self, op="MaxPool", kernel=2, stride=2, **attributes):
        return self.add(op, kernel_shape=[kernel] * 2, strides=[stride] * 2, **attributes)

    def dense(self, n_in, n_out, act=None):
        weights = self.rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
        bias = self.rng.normal(size=n_out) / 10
        self.add("Gemm", DATA, np.float32(weights), np.float32(bias))
        self.channels = n_out
        return self.activation(act)

    def residual(self, c_out, stride):
        """Two convolutions beside a shortcut."""
        fork, c_in = self.head, self.channels
        self.conv(c_out, 3, stride, [1] * 4).conv(c_out, 3, act=None)
        main = self.head
        if stride > 1 or c_in != c_out:
            self.head, self.channels = fork, c_in
            self.conv(c_out, 1, stride, act=None)
            fork = self.head
        return self.add("Add", main, fork).add("Relu")

    def classify(self, n_out):
        """Mean over the image, dense layer, softmax."""
        self.add("GlobalAveragePool").add("Flatten").dense(self.channels, n_out)
        return self.add("Softmax", axis=1)


def cnv(path, narrow=1):
    """The VGG-like CIFAR network of FINN; ``narrow`` divides its channels."""
    net = FloatBuilder(path, (3, 32, 32))
    for c_out in (64 // narrow, 128 // narrow, 256 // narrow):
        net.conv(c_out, 3, pads=[0] * 4).conv(c_out, 3, pads=[0] * 4)
        if c_out < 256 // narrow:
            net.pool()
    n = 512 // narrow
    return net.add("Flatten").dense(n // 2, n, "Relu").dense(n, n, "Relu").dense(n, 10)


def vgg5(path):
    """Four convolutions and a dense layer for CIFAR."""
    net = (
        FloatBuilder(path, (3, 32, 32))
        .conv(32, 3)
        .conv(32, 3)
        .pool()
        .conv(64, 3)
        .conv(64, 3)
        .pool()
    )
    return net.add("Flatten").dense(64 * 8 * 8, 10)


def nin(path, narrow=1):
    """Network in network; ``narrow`` divides its channels."""
    wide, middle, less = 192 // narrow, 160 // narrow, 96 // narrow
    net = FloatBuilder(path, (3, 32, 32))
    net.conv(wide, 5, norm=False).conv(middle, 1, norm=False).conv(less, 1, norm=False)
    net.pool(kernel=3, ceil_mode=1)
    net.conv(wide, 5, norm=False).conv(wide, 1, norm=False).conv(wide, 1, norm=False)
    net.pool("AveragePool", kernel=3, ceil_mode=1)
    net.conv(wide, 3, norm=False).conv(wide, 1, norm=False).conv(10, 1, norm=False)
    return net.add("GlobalAveragePool").add("Flatten")


def resnet8(path):
    """Image classification of MLPerf Tiny."""
    net = FloatBuilder(path, (3, 32, 32)).conv(16, 3)
    net.residual(16, 1).residual(32, 2).residual(64, 2)
    return net.classify(10)


def resnet20(path):
    net = FloatBuilder(path, (3, 32, 32)).conv(16, 3)
    for c_out in (16, 32, 64):
        net.residual(c_out, 1 if c_out == 16 else 2).residual(c_out, 1).residual(c_out, 1)
    return net.classify(10)


def mobilenet(path):
    """Visual wake words of MLPerf Tiny: MobileNetV1 of width 0.25."""
    net = FloatBuilder(path, (3, 96, 96)).conv(8, 3, 2, [0, 0, 1, 1], act="Relu6")
    for c_out, stride in (
        (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (128, 1),
        (128, 1), (128, 1), (256, 2), (256, 1),
    ):  # fmt: skip
        pads = [0, 0, 1, 1] if stride == 2 else [1] * 4
        net.conv(net.channels, 3, stride, pads, group=net.channels, act="Relu6")
        net.conv(c_out, 1, act="Relu6")
    return net.classify(2)


def ds_cnn(path):
    """Keyword spotting of MLPerf Tiny: rectangular kernels on a 49x10 spectrogram."""
    net = FloatBuilder(path, (1, 49, 10)).conv(64, (10, 4), 2, [4, 1, 5, 1])
    for _ in range(4):
        net.conv(64, 3, group=64).conv(64, 1)
    return net.classify(12)


def segmentation(path):
    """Encoder, decoder, and the early image concatenated to the late one."""
    net = FloatBuilder(path, (3, 32, 32)).conv(16, 3)
    fork = net.head
    net.pool().conv(32, 3).conv(32, 3)
    net.add("Resize", DATA, "", np.float32([1, 1, 2, 2]), mode="nearest")
    net.add("Concat", DATA, fork, axis=1)
    net.channels = 48
    return net.conv(16, 3).conv(4, 1, norm=False, act=None)


def lenet5(path):
    net = FloatBuilder(path, (1, 28, 28)).conv(6, 5, norm=False).pool()
    net.conv(16, 5, pads=[0] * 4, norm=False).pool().add("Flatten")
    return net.dense(400, 120, "Relu").dense(120, 84, "Relu").dense(84, 10)


MODELS = {
    "cnv": cnv,
    "ds_cnn": ds_cnn,
    "lenet5": lenet5,
    "mobilenet": mobilenet,
    "nin": nin,
    "resnet20": resnet20,
    "resnet8": resnet8,
    "segmentation": segmentation,
    "vgg5": vgg5,
}


def write_model(name, path, **changes):
    """Write the float ONNX file of a network; returns its path."""
    return MODELS[name](path, **changes).save()
