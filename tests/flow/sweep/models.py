"""Small models that a sweep is for, and images for them."""

import numpy as np

from quant.onnx_io import write_quantized
from tests.cli.networks import small_network
from tests.quant.onnx_models import ChainFile

__all__ = ["SHAPE", "float_file", "images_file", "quantized_file", "samples_file"]

SHAPE = (8, 8, 1)


def float_file(folder):
    """Convolution, ReLU, fully connected."""
    rng = np.random.default_rng(2)
    file = ChainFile(folder / "tiny.onnx", [1, 8, 8])
    weights = rng.normal(size=(4, 1, 3, 3)).astype(np.float32)
    file.add("Conv", weights, rng.normal(size=4).astype(np.float32), pads=[1, 1, 1, 1])
    file.add("Relu").add("Flatten")
    file.add("Gemm", rng.normal(size=(256, 3)).astype(np.float32) / 16)
    return file.save()


def quantized_file(folder):
    path = folder / "small.onnx"
    write_quantized(small_network(), path)
    return path


def samples_file(folder):
    path = folder / "samples.npz"
    np.savez(path, images=np.random.default_rng(3).random((8, *SHAPE)))
    return path


def images_file(folder, shape=SHAPE):
    path = folder / "images.npz"
    rng = np.random.default_rng(4)
    np.savez(
        path, images=rng.integers(0, 256, (20, *shape), np.uint8), labels=rng.integers(0, 3, 20)
    )
    return path
