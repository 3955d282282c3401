"""What every layer is quantized from, and the table that ends some of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration
from quant.fixed_point import ActFormat
from quant.float_network.layers import FloatLayer, FloatRectified, batches
from quant.layers import Layer
from quant.layers.look_up import LookUp
from quant.quantizers import Quantizer

__all__ = ["Activations", "Recipe", "capped", "common"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Activations:
    """What a layer takes on the samples.

    Parameters
    ----------
    act : ndarray of integers, shape (n, height, width, channels)
        Of the smallest type that holds the format.
    fmt : ActFormat
    values : ndarray of float64, the same shape
        What the float network has there.
    """

    act: NDArray[Any]
    fmt: ActFormat
    values: FloatArray

    def real(self, frame_size: int) -> Iterator[FloatArray]:
        """What the integers stand for, some frames at a time; see ``batches``."""
        return (self.fmt.dequantize(some) for some in batches(self.act, frame_size))


@dataclass(frozen=True, eq=False)
class Recipe:
    """How a layer is to be quantized: scheme, calibration, and bits of its output."""

    quantizer: Quantizer
    calibration: Calibration
    width: int


def common(layer: FloatLayer, inputs: list[Activations]) -> dict[str, Any]:
    """Parameters that every layer has."""
    return {"in_shape": layer.in_shape, "in_format": inputs[0].fmt}


def capped(layer: FloatRectified, made: Layer) -> list[Layer]:
    """The layer, and a table behind it if its output can exceed the cap of its ReLU."""
    fmt = made.out_format
    if layer.cap >= float(fmt.dequantize(np.array(fmt.hi))):
        return [made]
    highest = int(fmt.quantize(np.array(layer.cap)))
    clip = LookUp(
        in_shape=made.out_shape,
        in_format=fmt,
        table=np.minimum(np.arange(2**fmt.width), highest),
        function=f"min{layer.cap:g}",
        out_format=fmt,
    )
    return [made, clip]
