"""What each ONNX operator does to the chain of layers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from quant.chain import Chain, RefusedError
from quant.onnx_file import node_label

__all__ = ["OPERATORS", "Step"]

FloatArray = NDArray[np.float64]
Padding = tuple[int, int, int, int]


@dataclass(frozen=True)
class Step:
    """A node with everything known about it.

    Parameters
    ----------
    node : NodeProto
    constants : list of ndarray or None
        One for each input; None for an activation or an input left out.
    in_dims, out_dims : tuple of int or None
        Dimensions of the activation and of the first output, the batch first.
    """

    node: onnx.NodeProto
    constants: list[NDArray[Any] | None]
    in_dims: tuple[int, ...] | None
    out_dims: tuple[int, ...] | None

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes by name."""
        return {item.name: onnx.helper.get_attribute_value(item) for item in self.node.attribute}

    def weights(self, index: int, what: str) -> FloatArray:
        """Constant input as float64; refused if it is no constant or not finite."""
        value = self.optional(index)
        if value is None:
            raise RefusedError(f"its {what} must be a constant", "export with trained weights")
        return value

    def optional(self, index: int) -> FloatArray | None:
        """Constant input as float64, None if it is none; refused if it is not finite."""
        value = self.constants[index] if index < len(self.constants) else None
        if value is None:
            if 0 < index < len(self.node.input) and self.node.input[index]:
                raise RefusedError(
                    f"input {self.node.input[index]!r} must be a constant",
                    "export with trained weights",
                )
            return None
        value = value.astype(np.float64)
        if not np.isfinite(value).all():
            raise RefusedError("a weight is NaN or infinite", "train again")
        return value

    def demand(self, name: str, allowed: Any, fix: str) -> None:
        """Refuse an attribute that is there with another value."""
        found = self.attributes.get(name, allowed)
        if found != allowed:
            raise RefusedError(f"{name} must be {allowed}, not {found}", fix)


def _windows(step: Step, kernel: tuple[int, int]) -> tuple[tuple[int, int], Padding]:
    """Stride and padding of a convolution or pool."""
    found = step.attributes
    step.demand("dilations", [1, 1], "use dilation 1")
    stride = tuple(found.get("strides", [1, 1]))
    auto = found.get("auto_pad", b"NOTSET").decode()
    top, left, bottom, right = found.get("pads", [0, 0, 0, 0])
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        assert step.in_dims is not None
        pads = []
        for size, k, s in zip(step.in_dims[2:], kernel, stride, strict=True):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            pads.append((total // 2, total - total // 2)[:: 1 if auto == "SAME_UPPER" else -1])
        (top, bottom), (left, right) = pads
    elif auto == "VALID":
        top = left = bottom = right = 0
    return (stride[0], stride[1]), (top, left, bottom, right)


def _need_images(step: Step) -> None:
    if step.in_dims is None or len(step.in_dims) != 4:
        found = "unknown" if step.in_dims is None else f"{len(step.in_dims)}-dimensional"
        raise RefusedError(f"its input must be 4-dimensional, but is {found}", "use 2-d layers")


def _conv(step: Step, chain: Chain) -> None:
    _need_images(step)
    step.demand("group", 1, "use convolutions that see all channels")
    weights = step.weights(1, "weights").transpose(2, 3, 1, 0)
    bias = step.optional(2)
    stride, padding = _windows(step, weights.shape[:2])
    chain.conv(weights, np.zeros(weights.shape[3]) if bias is None else bias, stride, padding)


def _max_pool(step: Step, chain: Chain) -> None:
    _need_images(step)
    if len(step.node.output) > 1 and step.node.output[1]:
        raise RefusedError("indices of the maxima are not supported", "use the maxima alone")
    k_h, k_w = step.attributes["kernel_shape"]
    stride, (top, left, bottom, right) = _windows(step, (k_h, k_w))
    if step.attributes.get("ceil_mode", 0):
        assert step.in_dims is not None
        assert step.out_dims is not None
        ends = []
        for axis, begin, end, k in ((0, top, bottom, k_h), (1, left, right, k_w)):
            last = (step.out_dims[2 + axis] - 1) * stride[axis] + k
            ends.append(max(end, last - step.in_dims[2 + axis] - begin))
        bottom, right = ends
    chain.max_pool((k_h, k_w), stride, (top, left, bottom, right))


def _gemm(step: Step, chain: Chain) -> None:
    step.demand("transA", 0, "use a dense layer on (n, features)")
    weights = step.weights(1, "weights")
    if step.attributes.get("transB", 0):
        weights = weights.T
    bias = step.optional(2)
    weights = weights * step.attributes.get("alpha", 1.0)
    zeros = np.zeros(weights.shape[1])
    bias = zeros if bias is None else bias.reshape(-1) * step.attributes.get("beta", 1.0) + zeros
    chain.dense(weights, bias)


def _matmul(step: Step, chain: Chain) -> None:
    weights = step.weights(1, "second factor")
    if weights.ndim != 2:
        raise RefusedError(
            f"its weights must be 2-dimensional, not {weights.ndim}-dimensional",
            "use a dense layer on (n, features)",
        )
    chain.dense(weights, np.zeros(weights.shape[1]))


def _batch_norm(step: Step, chain: Chain) -> None:
    step.demand("training_mode", 0, "call model.eval() before the export")
    gamma, beta, mean, variance = (
        step.weights(index, what)
        for index, what in enumerate(("scale", "offset", "mean", "variance"), start=1)
    )
    variance = variance + step.attributes.get("epsilon", 1e-5)
    if (variance <= 0).any():
        raise RefusedError("a variance is not positive", "train again")
    scale = gamma / np.sqrt(variance)
    chain.affine(scale, beta - mean * scale, node_label(step.node))


def _arithmetic(step: Step, chain: Chain) -> None:
    op = step.node.op_type
    first = step.constants[0] is not None
    value = step.optional(0) if first else step.weights(1, "second operand")
    assert value is not None
    value = _per_channel(value, step, chain)
    one, zero = np.array(1.0), np.array(0.0)
    if op == "Add":
        scale, offset = one, value
    elif op == "Sub":
        scale, offset = (-one, value) if first else (one, -value)
    elif op == "Mul":
        scale, offset = value, zero
    elif first or not value.all():
        raise RefusedError(
            "a division must be by a constant other than zero", "multiply by a constant"
        )
    else:
        scale, offset = 1 / value, zero
    chain.affine(scale, offset, node_label(step.node))


def _per_channel(value: FloatArray, step: Step, chain: Chain) -> FloatArray:
    """A constant operand as a scalar, or as one value for each of the input's channels."""
    if value.size == 1:
        return value.reshape(())
    rank = len(step.in_dims) if step.in_dims else 4
    features = prod(chain.shape) if chain.flat else chain.shape[2]
    full = (1,) * (rank - value.ndim) + value.shape
    if full != (1, features, *(1,) * (rank - 2)):
        raise RefusedError(
            f"a constant operand must have one value, or one for each of the {features} "
            f"channels, not shape {value.shape}",
            "use one value per channel",
        )
    return value.reshape(features)


def _relu(step: Step, chain: Chain) -> None:
    chain.relu()


def _clip(step: Step, chain: Chain) -> None:
    low, high = (
        step.attributes.get(name, step.optional(index)) for index, name in ((1, "min"), (2, "max"))
    )
    if low is None or float(low) != 0 or (high is not None and float(high) < 3e38):
        raise RefusedError("a Clip must be from 0 without an upper end", "use a ReLU")
    chain.relu()


def _rename(step: Step, chain: Chain) -> None:
    before, after = step.in_dims, step.out_dims
    if before is None or after is None or 0 in after:
        raise RefusedError("its output shape is not known", "use a Flatten")
    if before == after:
        return
    features = prod(before[1:])
    if after[:2] != (before[0], features) or prod(after[2:]) != 1 or len(after) not in (2, 4):
        raise RefusedError(
            f"it may only turn each image into {features} features, "
            f"not shape {before} into {after}",
            "flatten from dimension 1",
        )
    chain.flatten()


def _identity(step: Step, chain: Chain) -> None:
    if step.node.op_type == "Dropout" and step.optional(2):
        raise RefusedError("dropout is in training mode", "call model.eval() before the export")


OPERATORS: dict[str, Callable[[Step, Chain], None]] = {
    "Add": _arithmetic,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Conv": _conv,
    "Div": _arithmetic,
    "Dropout": _identity,
    "Flatten": _rename,
    "Gemm": _gemm,
    "Identity": _identity,
    "MatMul": _matmul,
    "MaxPool": _max_pool,
    "Mul": _arithmetic,
    "Relu": _relu,
    "Reshape": _rename,
    "Squeeze": _rename,
    "Sub": _arithmetic,
    "Unsqueeze": _rename,
}
