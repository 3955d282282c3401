"""Float ONNX files of well-known networks, untrained: the shapes are real, the weights random."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["FLOAT_NETWORKS", "build"]


class Builder:
    """Appends operators to a graph; every method takes and gives names of tensors."""

    def __init__(self, shape: tuple[int, int, int], seed: int = 0):
        self.shape = shape
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes) -> str:
        """Any operator of one output."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [f"{name}.out"], name, **attributes))
        return f"{name}.out"

    def constant(self, value) -> str:
        """A tensor of numbers."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def conv(self, x: str, c_in: int, c_out: int, kernel=3, stride=1, pad=None, groups=1) -> str:
        """Convolution with a bias; ``pad`` is that of a same convolution by default."""
        k_h, k_w = (kernel, kernel) if isinstance(kernel, int) else kernel
        fan_in = c_in // groups * k_h * k_w
        weights = self.rng.normal(0, np.sqrt(2 / fan_in), (c_out, c_in // groups, k_h, k_w))
        bias = self.rng.normal(0, 0.1, c_out)
        if pad is None:
            top, left = (k_h - 1) // 2, (k_w - 1) // 2
            pad = [top, left, k_h - 1 - top, k_w - 1 - left]
        return self.op(
            "Conv",
            x,
            self.constant(weights.astype(np.float32)),
            self.constant(bias.astype(np.float32)),
            kernel_shape=[k_h, k_w],
            strides=[stride] * 2 if isinstance(stride, int) else list(stride),
            pads=pad,
            group=groups,
        )

    def norm(self, x: str, channels: int) -> str:
        """Batch normalization."""
        parts = [
            self.rng.uniform(0.8, 1.2, channels),
            self.rng.normal(0, 0.1, channels),
            self.rng.normal(0, 0.1, channels),
            self.rng.uniform(0.8, 1.2, channels),
        ]
        return self.op(
            "BatchNormalization", x, *(self.constant(p.astype(np.float32)) for p in parts)
        )

    def block(self, x: str, c_in: int, c_out: int, **options) -> str:
        """Convolution, batch normalization, ReLU."""
        return self.op("Relu", self.norm(self.conv(x, c_in, c_out, **options), c_out))

    def dense(self, x: str, n_in: int, n_out: int) -> str:
        """Fully connected layer."""
        weights = self.rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out)).astype(np.float32)
        bias = self.rng.normal(0, 0.1, n_out).astype(np.float32)
        return self.op("Gemm", x, self.constant(weights), self.constant(bias))

    def head(self, x: str, channels: int, classes: int) -> str:
        """Mean over the image, then a dense layer."""
        return self.dense(self.op("Flatten", self.op("GlobalAveragePool", x)), channels, classes)

    def save(self, path: Path, output: str) -> Path:
        """Write the file."""
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", *self.shape])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        inferred = onnx.shape_inference.infer_shapes(model).graph.output[0]
        graph.output[0].CopyFrom(inferred)
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
        return path


def cnv(path: Path) -> Path:
    """FINN's CNV: VGG-like, six valid convolutions and three dense layers, for CIFAR-10."""
    net = Builder((3, 32, 32))
    x, channels = "input", 3
    for width, pools in ((64, True), (128, True), (256, False)):
        for _ in range(2):
            x = net.block(x, channels, width, pad=[0] * 4)
            channels = width
        if pools:
            x = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.op("Flatten", x)
    for n_in, n_out in ((256, 512), (512, 512)):
        x = net.op("Relu", net.norm(net.dense(x, n_in, n_out), n_out))
    return net.save(path, net.dense(x, 512, 10))


def nin(path: Path) -> Path:
    """Network in network of nine convolutions, for CIFAR-10 (Cheng et al., TCAS-I 2022)."""
    net = Builder((3, 32, 32))
    x, channels = "input", 3
    for widths, kernel, pool in (
        ((192, 160, 96), 5, "MaxPool"),
        ((192, 192, 192), 5, "AveragePool"),
        ((192, 192, 10), 3, None),
    ):
        for n, width in enumerate(widths):
            x = net.op("Relu", net.conv(x, channels, width, kernel=kernel if n == 0 else 1))
            channels = width
        if pool:
            x = net.op(pool, x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    return net.save(path, net.op("GlobalAveragePool", x))


def _resnet(path: Path, n_blocks: int, widths=(16, 32, 64)) -> Path:
    net = Builder((3, 32, 32))
    x, channels = net.block("input", 3, widths[0]), widths[0]
    for stage, width in enumerate(widths):
        for n in range(n_blocks):
            stride = 2 if stage and n == 0 else 1
            y = net.block(x, channels, width, stride=stride)
            y = net.norm(net.conv(y, width, width), width)
            if stride != 1:
                x = net.norm(net.conv(x, channels, width, kernel=1, stride=2), width)
            x, channels = net.op("Relu", net.op("Add", y, x)), width
    return net.save(path, net.head(x, channels, 10))


def resnet8(path: Path) -> Path:
    """ResNet-8 of MLPerf Tiny, for CIFAR-10."""
    return _resnet(path, 1)


def resnet20(path: Path) -> Path:
    """ResNet-20, for CIFAR-10, with projections."""
    return _resnet(path, 3)


def mobilenet(path: Path) -> Path:
    """MobileNetV1 of a quarter width at 96 by 96, as in MLPerf Tiny's visual wake words."""
    net = Builder((3, 96, 96))
    x, channels = net.block("input", 3, 8, stride=2), 8
    plan = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2)]
    for width, stride in [*plan, (256, 1)]:
        x = net.block(x, channels, channels, stride=stride, groups=channels)
        x = net.block(x, channels, width, kernel=1)
        channels = width
    return net.save(path, net.head(x, channels, 2))


def dscnn(path: Path) -> Path:
    """DS-CNN of MLPerf Tiny's keyword spotting: 49 by 10 input, rectangular kernel."""
    net = Builder((1, 49, 10))
    x = net.block("input", 1, 64, kernel=(10, 4), stride=2, pad=[4, 1, 5, 1])
    for _ in range(4):
        x = net.block(x, 64, 64, groups=64)
        x = net.block(x, 64, 64, kernel=1)
    return net.save(path, net.head(x, 64, 12))


def segmentation(path: Path) -> Path:
    """A small U-Net: pooling down, Resize up, Concat across, two classes per pixel."""
    net = Builder((3, 32, 32))
    upper = net.block("input", 3, 8)
    middle = net.block(net.op("MaxPool", upper, kernel_shape=[2, 2], strides=[2, 2]), 8, 16)
    lower = net.block(net.op("MaxPool", middle, kernel_shape=[2, 2], strides=[2, 2]), 16, 32)
    for skip, c_in, c_skip, c_out in ((middle, 32, 16, 16), (upper, 16, 8, 8)):
        scales = net.constant(np.array([1, 1, 2, 2], np.float32))
        up = net.op(
            "Resize", lower, "", scales, mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )  # fmt: skip
        lower = net.block(net.op("Concat", up, skip, axis=1), c_in + c_skip, c_out)
    return net.save(path, net.conv(lower, 8, 2, kernel=1))


def vgg16(path: Path) -> Path:
    """VGG-16 at 224 by 224."""
    net = Builder((3, 224, 224))
    x, channels = "input", 3
    for width, n in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(n):
            x, channels = net.op("Relu", net.conv(x, channels, width)), width
        x = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.op("Flatten", x)
    for n_in, n_out in ((512 * 49, 4096), (4096, 4096)):
        x = net.op("Relu", net.dense(x, n_in, n_out))
    return net.save(path, net.dense(x, 4096, 1000))


def resnet18(path: Path) -> Path:
    """ResNet-18 at 224 by 224."""
    net = Builder((3, 224, 224))
    x = net.block("input", 3, 64, kernel=7, stride=2, pad=[3] * 4)
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for stage, width in enumerate((64, 128, 256, 512)):
        for n in range(2):
            stride = 2 if stage and n == 0 else 1
            y = net.block(x, channels, width, stride=stride)
            y = net.norm(net.conv(y, width, width), width)
            if stride != 1:
                x = net.norm(net.conv(x, channels, width, kernel=1, stride=2), width)
            x, channels = net.op("Relu", net.op("Add", y, x)), width
    return net.save(path, net.head(x, channels, 1000))


FLOAT_NETWORKS: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        cnv, nin, resnet8, resnet20, mobilenet, dscnn, segmentation, vgg16, resnet18,
    )
}  # fmt: skip


def build(name: str, folder: Path) -> Path:
    """Write a network's file into a folder."""
    return FLOAT_NETWORKS[name](folder / f"{name}.onnx")
