"""A node of an integer model with everything known about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.onnx_integer.graph import (
    Constant,
    Given,
    IntegerGraph,
    Quantized,
    Sums,
    exponents_of,
    format_of,
)
from quant.onnx_model.padding import Padding, written_out
from quant.onnx_model.verdict import RefusedError

__all__ = ["IntegerStep", "Tensor", "as_quantized", "need_format", "started", "with_input"]

Tensor = Given | Sums | Constant


@dataclass(frozen=True, eq=False)
class IntegerStep:
    """A node of an integer model, and what its inputs are."""

    node: onnx.NodeProto
    graph: IntegerGraph
    inputs: Sequence[Tensor | None]

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Attributes by name."""
        return {item.name: onnx.helper.get_attribute_value(item) for item in self.node.attribute}

    def given(self, index: int = 0) -> Given:
        """An activation in a known format."""
        value = self.inputs[index]
        if not isinstance(value, Given):
            raise RefusedError(
                f"its input {self.node.input[index]!r} must be a quantized activation",
                "put a QuantizeLinear before it",
            )
        value.demand_format()
        return value

    def array(self, index: int, default: Any = None) -> NDArray[Any]:
        """A constant."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None and default is not None:
            return np.asarray(default)
        if not isinstance(value, Constant):
            raise RefusedError(f"input {index} must be a constant", "export with trained weights")
        return value.array

    def quantized(self, index: int) -> Quantized:
        """A constant that was dequantized, or its integers with the scale behind them."""
        value = self.inputs[index]
        if not isinstance(value, Constant) or value.quantized is None:
            raise RefusedError(
                f"input {index} must be dequantized constant integers", "quantize all weights"
            )
        return value.quantized

    def pair(self, name: str, default: tuple[int, int] = (1, 1)) -> tuple[int, int]:
        """Attribute of two integers."""
        first, second = self.attributes.get(name, default)
        return first, second

    def padding(self, kernel: tuple[int, int]) -> Padding:
        """Padding written out, for a kernel that reaches so far."""
        height, width, _ = self.given().shape
        top, left, bottom, right = self.attributes.get("pads", [0, 0, 0, 0])
        return written_out(
            (height, width),
            kernel,
            self.pair("strides"),
            pads=(top, left, bottom, right),
            auto_pad=bytes(self.attributes.get("auto_pad", b"NOTSET")).decode(),
            ceil_mode=bool(self.attributes.get("ceil_mode", 0)),
        )


def as_quantized(
    array: NDArray[Any], scale: NDArray[Any], zero: NDArray[Any], axis: int
) -> Quantized:
    exponents = exponents_of(scale)
    zero = zero.astype(np.int64)
    if zero.size > 1:
        shape = [1] * array.ndim
        shape[axis] = zero.size
        zero = zero.reshape(shape)
    return Quantized(array.astype(np.int64) - zero, exponents, axis)


def need_format(given: Given, fmt: ActFormat) -> None:
    found = given.demand_format()
    if (found.frac, found.signed) != (fmt.frac, fmt.signed) or found.width > fmt.width:
        raise RefusedError(
            f"its scale and zero point must be those of its input, {found}, not {fmt}",
            "keep the scale",
        )


def started(step: IntegerStep, at: int) -> Given:
    """The activation at input ``at``, its scale and zero point behind it."""
    value, fmt = step.inputs[at], format_of(step.array(at + 1), step.array(at + 2))
    if isinstance(value, Given) and value.fmt is None:
        return step.graph.quantized_input(value, fmt)
    need_format(step.given(at), fmt)
    return step.given(at)


def with_input(step: IntegerStep, *given: Given) -> IntegerStep:
    return replace(step, inputs=[*given, *step.inputs[len(given) :]])
