"""Pieces that quantized ONNX files are written from."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import helper

from quant.fixed_point import ActFormat
from quant.layers import Layer

__all__ = [
    "Writer",
    "cast",
    "container",
    "dequantized",
    "quantized",
    "rounded",
    "scale_of",
    "scaled",
    "stored",
]

MIN_EXPONENT, MAX_EXPONENT = -126, 127

_CONTAINERS: dict[tuple[int, bool], np.dtype[Any]] = {
    (8, False): np.dtype(np.uint8),
    (8, True): np.dtype(np.int8),
    (16, False): np.dtype(np.uint16),
    (16, True): np.dtype(np.int16),
}


class Writer(Protocol):
    """Takes nodes and constants."""

    def node(self, op: str, name: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node; returns its output."""

    def constant(self, name: str, value: Any) -> str:
        """Add a constant tensor; returns its name."""


def container(fmt: ActFormat) -> np.dtype[Any]:
    """Smallest integer type of ONNX that holds a format."""
    return _CONTAINERS[8 if fmt.width <= 8 else 16, fmt.signed]


def scale_of(exponents: NDArray[np.int64] | int) -> NDArray[np.float32]:
    exponents = np.asarray(exponents)
    if exponents.min() < MIN_EXPONENT or exponents.max() > MAX_EXPONENT:
        raise ValueError(
            f"A scale must be from 2**{MIN_EXPONENT} to 2**{MAX_EXPONENT}, "
            f"but exponents reach from {exponents.min()} to {exponents.max()}"
        )
    return np.ldexp(np.float32(1), exponents).astype(np.float32)


def _quantization(writer: Writer, name: str, fmt: ActFormat) -> list[str]:
    """Scale and zero point."""
    return [
        writer.constant(f"{name}.scale", scale_of(-fmt.frac)),
        writer.constant(f"{name}.zero", np.zeros((), container(fmt))),
    ]


def dequantized(writer: Writer, name: str, layer: Layer, source: str) -> str:
    inputs = [source, *_quantization(writer, f"{name}.input", layer.in_format)]
    return writer.node("DequantizeLinear", f"{name}.input.dequantize", inputs, f"{name}.input.real")


def quantized(writer: Writer, name: str, fmt: ActFormat, source: str) -> None:
    inputs = [source, *_quantization(writer, f"{name}.output", fmt)]
    writer.node("QuantizeLinear", f"{name}.quantize", inputs, name)


def cast(writer: Writer, name: str, source: str, kind: int) -> str:
    return writer.node("Cast", f"{name}.cast", [source], name, to=kind)


def stored(writer: Writer, name: str, fmt: ActFormat, source: str) -> None:
    """Whole numbers within a format, as the node's output."""
    kind = helper.np_dtype_to_tensor_dtype(container(fmt))
    writer.node("Cast", f"{name}.store", [source], name, to=kind)


def scaled(writer: Writer, name: str, source: str, shift: int) -> str:
    """Times ``2**-shift``."""
    factor = writer.constant(f"{name}.factor", np.ldexp(1.0, -shift))
    return writer.node("Mul", f"{name}.scale", [source, factor], name)


def rounded(writer: Writer, name: str, source: str, fmt: ActFormat) -> str:
    """Rounded half to even, and clamped."""
    whole = writer.node("Round", f"{name}.round", [source], f"{name}.whole")
    bounds = [
        writer.constant(f"{name}.{end}", np.float64(value))
        for end, value in (("lo", fmt.lo), ("hi", fmt.hi))
    ]
    return writer.node("Clip", f"{name}.clip", [whole, *bounds], name)
