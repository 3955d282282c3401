"""Networks that ship: float weights, a few labelled samples, and networks retrained from them.

A name is a float network's, such as ``lenet5``, quantized after training here and now; or a
retrained network's, such as ``lenet5-3bit``, whose integers and measured accuracy its file holds.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.datasets import pixel_values
from quant.float_network.graph import FloatNetwork
from quant.network import Network
from quant.onnx_io import read_float, read_quantized
from quant.quantizers import make_quantizer

__all__ = [
    "Samples",
    "float_name",
    "float_path",
    "load_float",
    "load_quantized",
    "load_samples",
    "names",
    "path",
    "retrained_names",
]

_FOLDER = Path(__file__).parent
_SAMPLES = {
    "lenet5": "lenet5_digits.npz",
    "resnet20": "cifar10_images.npz",
    "resnet8": "cifar10_images.npz",
}


@dataclass(frozen=True, eq=False)
class Samples:
    """Images that come with a network; a pixel ``p`` stands for ``p / 256``.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        From the test set, which training never saw.
    labels : ndarray of int64, shape (n,)
    calibration : ndarray of uint8, shape (m, height, width, channels)
        From the training set.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    calibration: NDArray[np.uint8]


def names() -> tuple[str, ...]:
    """Names of the float networks that ship."""
    return tuple(sorted(_SAMPLES))


def retrained_names() -> tuple[str, ...]:
    """Names of the retrained networks that ship."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*-*.onnx")))


def path(name: str) -> Path:
    """ONNX file of a network, float or retrained; raises ValueError if none is called so."""
    known = (*names(), *retrained_names())
    if name not in known:
        raise ValueError(f"No network {name!r} ships; there are: {', '.join(known)}")
    return _FOLDER / f"{name}.onnx"


def float_name(name: str) -> str:
    """The float network that a network was made from; its own name if it is one."""
    return path(name).stem.partition("-")[0]


def float_path(name: str) -> Path:
    """Float ONNX file of a network, or of the one it was made from."""
    return path(float_name(name))


def load_float(name: str) -> FloatNetwork:
    """Float network of that name, or the one it was made from."""
    return read_float(float_path(name))


def load_samples(name: str) -> Samples:
    """Samples of the network of that name."""
    with np.load(_FOLDER / _SAMPLES[float_name(name)], allow_pickle=False) as arrays:
        return Samples(arrays["images"], arrays["labels"].astype(np.int64), arrays["calibration"])


def load_quantized(
    name: str, *, scheme: str = "nearest", bits: int = 4, act_width: int = 8
) -> Network:
    """Quantized network; the same arguments give the same integers.

    Parameters
    ----------
    name : str
        One of :func:`names`, or of :func:`retrained_names`, which are what they are.
    scheme : str
        As :func:`quant.quantizers.make_quantizer` takes it.
    bits : int
        Bits of a stored weight.
    act_width : int
        Bits of the activations.
    """
    if name in retrained_names():
        return read_quantized(path(name))
    return convert(
        load_float(name),
        pixel_values(load_samples(name).calibration),
        quantizer=make_quantizer(scheme, bits),
        calibration=MinMax(),
        act_width=act_width,
    )
