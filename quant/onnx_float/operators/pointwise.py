"""Arithmetic, ReLUs, and functions that become tables."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.layers.look_up import MAX_WIDTH
from quant.onnx_float.operators._step import Step, operator
from quant.onnx_float.value import Affine, Value
from quant.onnx_model.verdict import RefusedError

__all__: list[str] = []

FloatArray = NDArray[np.float64]

ONE, ZERO = np.ones((1, 1, 1)), np.zeros((1, 1, 1))
MAX_SLOPE_EXPONENT = 15
TABLE = f"becomes a table of at most 2**{MAX_WIDTH} entries"


def _operand(step: Step) -> FloatArray:
    """The constant among two inputs."""
    index = 1 if step.constants[0] is None else 0
    return step.operand(step.values[0], step.weights(index, "second operand"))


@operator("Add", limits="two activations of one shape, or a constant: one value or one per channel")
def _add(step: Step) -> Value:
    if len(step.values) == 2:
        return step.builder.total(step.values)
    return step.builder.affine(step.values[0], Affine(ONE, _operand(step), step.label))


@operator("Sum", limits="activations of one shape")
def _sum(step: Step) -> Value:
    if len(step.values) != len(step.inputs):
        raise RefusedError("a summand is a constant", "use an Add for it")
    return step.builder.total(step.values) if len(step.values) > 1 else step.values[0]


@operator("Sub", limits="two activations of one shape, or a constant: one value or one per channel")
def _sub(step: Step) -> Value:
    if len(step.values) == 2:
        one, two = step.values
        negative = step.builder.affine(two, Affine(-ONE, ZERO, step.label))
        return step.builder.total([one, negative])
    first = step.constants[0] is not None
    value, constant = step.values[0], _operand(step)
    change = Affine(-ONE, constant, step.label) if first else Affine(ONE, -constant, step.label)
    return step.builder.affine(value, change)


@operator("Mul", limits="by a constant: one value or one per channel; or x times a function of x")
def _mul(step: Step) -> Value:
    if len(step.values) == 2:
        return step.builder.product(*step.values)
    return step.builder.affine(step.values[0], Affine(_operand(step), ZERO, step.label))


@operator("Div", limits="by a constant other than zero: one value or one per channel")
def _div(step: Step) -> Value:
    if len(step.values) == 2 or step.constants[0] is not None or not _operand(step).all():
        raise RefusedError(
            "a division must be by a constant other than zero", "multiply by a constant"
        )
    return step.builder.affine(step.value, Affine(1 / _operand(step), ZERO, step.label))


@operator("Neg", limits="any")
def _neg(step: Step) -> Value:
    return step.builder.affine(step.value, Affine(-ONE, ZERO, step.label))


@operator("BatchNormalization", limits="not in training mode; folds into a neighbour, else a table")
def _batch_norm(step: Step) -> Value:
    step.demand("training_mode", 0, "call model.eval() before the export")
    gamma, beta, mean, variance = (
        step.weights(index, what)
        for index, what in enumerate(("scale", "offset", "mean", "variance"), start=1)
    )
    variance = variance + step.attributes.get("epsilon", 1e-5)
    if (variance <= 0).any():
        raise RefusedError("a variance is not positive", "train again")
    scale = gamma / np.sqrt(variance)
    value = step.value
    offset = step.along(value, beta - mean * scale)
    return step.builder.affine(value, Affine(step.along(value, scale), offset, step.label))


@operator("Relu", limits="any; folds into the layer before it, else a table")
def _relu(step: Step) -> Value:
    return step.builder.relu(step.value)


@operator("Clip", limits=f"constant ends; from 0 it folds as a ReLU, and another end {TABLE}")
def _clip(step: Step) -> Value:
    ends = []
    for index, name, default in ((1, "min", -np.inf), (2, "max", np.inf)):
        end = step.optional(index)
        if end is None:
            end = np.array(step.attributes.get(name, default))
        if end.size != 1:
            raise RefusedError(f"{name} must be one number", "use one number")
        number = float(end.reshape(()))
        ends.append(number if abs(number) < 3e38 else np.copysign(np.inf, number))
    return _clipped(step, step.value, *ends)


def _clipped(step: Step, value: Value, low: float, high: float) -> Value:
    """As a ReLU where that says it, else as a function."""
    if not low <= high:
        raise RefusedError(f"its ends must be in order, not {low:g} and {high:g}", "swap them")
    if (low, high) == (-np.inf, np.inf):
        return value
    if low == 0 and high > 0:
        return step.builder.relu(value, high)
    if low == -np.inf and high > 0 and step.builder.is_nonnegative(value):
        return step.builder.relu(value, high)
    return step.builder.function(value, lambda values: np.clip(values, low, high), "clip", False)


@operator("Max", "Min", limits=f"with one constant number; as a Clip, {TABLE}")
def _extreme(step: Step) -> Value:
    if len(step.inputs) != 2 or len(step.values) != 1:
        raise RefusedError(
            "it must take one activation and one constant", "use a max pool or an addition"
        )
    bound = step.weights(1 if step.constants[0] is None else 0, "second operand")
    if bound.size != 1:
        raise RefusedError("its constant must be one number", "use one number")
    number = float(bound.reshape(()))
    ends = (number, np.inf) if step.node.op_type == "Max" else (-np.inf, number)
    return _clipped(step, step.values[0], *ends)


@dataclass(frozen=True, eq=False)
class LeakyRelu:
    """``max(x, 0) + slope * min(x, 0)``; one slope, or one for each channel."""

    slope: FloatArray

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.where(values < 0, values * self.slope, values)


def _power_of_two(slope: FloatArray) -> FloatArray:
    """Each slope rounded to a power of two; below 2**-15 it is zero."""
    exponents = np.rint(np.log2(np.maximum(np.abs(slope), 2.0**-40)))
    return np.where(exponents < -MAX_SLOPE_EXPONENT, 0, np.copysign(2.0**exponents, slope))


@operator("LeakyRelu", limits=f"slope rounded to a power of two; {TABLE}")
def _leaky_relu(step: Step) -> Value:
    slope = _power_of_two(np.array(step.attributes.get("alpha", 0.01)))
    return step.builder.function(step.value, LeakyRelu(slope), "leaky_relu", False)


@operator("PRelu", limits=f"one slope, or one per channel, rounded to a power of two; {TABLE}")
def _prelu(step: Step) -> Value:
    value = step.value
    placed = step.operand(value, step.weights(1, "slope"))
    if placed.shape[:2] != (1, 1):
        raise RefusedError("its slope differs from pixel to pixel", "use one slope per channel")
    slope = _power_of_two(placed[0, 0])
    return step.builder.function(value, LeakyRelu(slope), "prelu", slope.size > 1)


def _sigmoid(values: FloatArray) -> FloatArray:
    return 0.5 * (1 + np.tanh(values / 2))


@operator("Sigmoid", limits=TABLE)
def _to_sigmoid(step: Step) -> Value:
    return step.builder.function(step.value, _sigmoid, "sigmoid", False)


@operator("Tanh", limits=TABLE)
def _to_tanh(step: Step) -> Value:
    return step.builder.function(step.value, np.tanh, "tanh", False)


@operator("HardSigmoid", limits=TABLE)
def _to_hard_sigmoid(step: Step) -> Value:
    alpha, beta = step.attributes.get("alpha", 0.2), step.attributes.get("beta", 0.5)
    return step.builder.function(
        step.value, lambda values: np.clip(alpha * values + beta, 0, 1), "hard_sigmoid", False
    )


@operator("HardSwish", limits=TABLE)
def _to_hard_swish(step: Step) -> Value:
    return step.builder.function(
        step.value, lambda values: values * np.clip(values / 6 + 0.5, 0, 1), "hard_swish", False
    )


@operator("Elu", limits=TABLE)
def _to_elu(step: Step) -> Value:
    alpha = step.attributes.get("alpha", 1.0)
    return step.builder.function(
        step.value,
        lambda values: np.where(values < 0, alpha * np.expm1(np.minimum(values, 0)), values),
        "elu",
        False,
    )


@operator("Softplus", limits=TABLE)
def _to_softplus(step: Step) -> Value:
    return step.builder.function(
        step.value, lambda values: np.logaddexp(values, 0), "softplus", False
    )
