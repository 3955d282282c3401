"""A node with everything known about it, and the table that operators enter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from quant.onnx_float.builder import GraphBuilder
from quant.onnx_float.value import Value
from quant.onnx_model.file import node_label
from quant.onnx_model.layout import placed
from quant.onnx_model.verdict import RefusedError

__all__ = ["OPERATORS", "Operation", "Step", "operator"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Step:
    """A node with everything known about it.

    Parameters
    ----------
    node : NodeProto
    builder : GraphBuilder
        Takes new layers.
    inputs : list of Value or None
        One for each input; None for a constant or an input left out.
    constants : list of ndarray or None
        One for each input; None for an activation or an input left out.
    in_dims, out_dims : list of tuple of int or None
        Dimensions of each input and output, the batch first.
    ends : bool
        Whether everything behind the node may be left to the host.
    """

    node: onnx.NodeProto
    builder: GraphBuilder
    inputs: Sequence[Value | None]
    constants: Sequence[NDArray[Any] | None]
    in_dims: Sequence[tuple[int, ...] | None]
    out_dims: Sequence[tuple[int, ...] | None]
    ends: bool = False

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """Attributes by name."""
        return {item.name: onnx.helper.get_attribute_value(item) for item in self.node.attribute}

    @property
    def label(self) -> str:
        return node_label(self.node)

    @property
    def values(self) -> list[Value]:
        """The activations among the inputs."""
        return [value for value in self.inputs if value is not None]

    @property
    def value(self) -> Value:
        """The only activation, which must be the first input; refused otherwise."""
        if len(self.values) != 1 or self.inputs[0] is None:
            raise RefusedError(
                "it must take one activation, as its first input", "export with trained weights"
            )
        return self.values[0]

    def text(self, name: str, default: str) -> str:
        """Attribute that is a string."""
        return bytes(self.attributes.get(name, default.encode())).decode()

    def weights(self, index: int, what: str) -> FloatArray:
        """Constant input as float64; refused if it is no constant or not finite."""
        value = self.optional(index)
        if value is None:
            raise RefusedError(f"its {what} must be a constant", "export with trained weights")
        return value

    def optional(self, index: int) -> FloatArray | None:
        """Constant input as float64, None if it is left out; refused if it is not finite."""
        value = self._constant(index)
        if value is None:
            return None
        if value.dtype.kind in "cOSU":
            raise RefusedError(f"a weight is of type {value.dtype}", "export real numbers")
        value = value.astype(np.float64)
        if not np.isfinite(value).all():
            raise RefusedError("a weight is NaN or infinite", "train again")
        return value

    def integers(self, index: int, name: str) -> list[int] | None:
        """Constant input, or the attribute that older opsets have; None if there is neither."""
        value = self._constant(index)
        if value is not None:
            return [int(one) for one in value.reshape(-1)]
        found = self.attributes.get(name)
        return None if found is None else [int(one) for one in np.reshape(found, -1)]

    def _constant(self, index: int) -> NDArray[Any] | None:
        if index >= len(self.constants) or not self.node.input[index]:
            return None
        value = self.constants[index]
        if value is None:
            raise RefusedError(
                f"input {self.node.input[index]!r} must be a constant",
                "export with trained weights",
            )
        return value

    def demand(self, name: str, allowed: Any, fix: str) -> None:
        """Refuse an attribute that is there with another value."""
        found = self.attributes.get(name, allowed)
        if found != allowed:
            raise RefusedError(f"{name} must be {allowed}, not {found}", fix)

    def axis(self, value: Value, axis: int, *, rank: int | None = None) -> int:
        """Index into ``value.axes``; the batch is refused."""
        full = rank or len(value.axes) + 1
        if not -full <= axis < full or axis % full == 0:
            raise RefusedError(f"axis {axis} is not one of an image's", "keep the batch first")
        return axis % full - 1

    def operand(self, value: Value, array: FloatArray) -> FloatArray:
        """A constant to broadcast against (height, width, channels)."""
        found = placed(value.shape, value.axes, array)
        if found is None:
            raise RefusedError(
                f"a constant operand must have one value, or one for each of the "
                f"{value.shape[2]} channels, not shape {array.shape}",
                "use one value per channel",
            )
        return found

    def along(self, value: Value, array: FloatArray, axis: int = 0) -> FloatArray:
        """A vector along one axis, to broadcast against (height, width, channels)."""
        rank = len(value.axes)
        return self.operand(value, array.reshape(-1, *(1,) * (rank - 1 - axis)))


Operation = Callable[[Step], Value | list[Value]]

OPERATORS: dict[str, tuple[Operation, str]] = {}
"""What each operator does, and its limits."""


def operator(*names: str, limits: str) -> Callable[[Operation], Operation]:
    """Enter a function into the table.

    Parameters
    ----------
    *names : str
        Operators of the default domain.
    limits : str
        What is allowed, in a phrase.
    """

    def enter(function: Operation) -> Operation:
        OPERATORS.update(dict.fromkeys(names, (function, limits)))
        return function

    return enter
