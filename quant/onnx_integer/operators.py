"""What each operator of an integer model does: one function for each, in a table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.max_pool import MaxPool
from quant.onnx_integer.graph import Constant, Given, Sums, format_of
from quant.onnx_integer.step import (
    IntegerStep,
    Tensor,
    as_quantized,
    need_format,
    started,
    with_input,
)
from quant.onnx_integer.weighted import WEIGHTED
from quant.onnx_model.layout import image_axes, regrouped, sizes
from quant.onnx_model.verdict import RefusedError

__all__ = ["INTEGER_OPERATORS", "IntegerStep"]


def _dequantize(step: IntegerStep) -> Tensor:
    value, scale = step.inputs[0], step.array(1)
    if isinstance(value, Constant):
        zero = step.array(2, np.zeros((), value.array.dtype))
        found = as_quantized(value.array, scale, zero, step.attributes.get("axis", 1))
        return Constant(value.array, found)
    fmt = format_of(scale, step.array(2, np.uint8(0)))
    if isinstance(value, Given) and value.fmt is None:
        return step.graph.quantized_input(value, fmt)
    given = step.given()
    need_format(given, fmt)
    return given


def _quantize(step: IntegerStep) -> Tensor:
    fmt = format_of(step.array(1), step.array(2, np.uint8(0)))
    value = step.inputs[0]
    if isinstance(value, Sums):
        return step.graph.append(value, fmt)
    if isinstance(value, Given) and value.fmt is None:
        return step.graph.quantized_input(value, fmt)
    need_format(step.given(), fmt)
    return step.given()


def _join(step: IntegerStep, given: Sequence[Given], kind: type[Add | Concat], prefix: str) -> Sums:
    first, *rest = given
    if {one.axes for one in rest} != {first.axes}:
        raise RefusedError("its inputs must be quantized activations of one form", "export again")
    others = tuple((one.shape, one.demand_format()) for one in rest)
    return Sums(
        lambda fmt: kind(**first.taken, others=others, out_format=fmt),
        prefix,
        tuple(one.source for one in given),
        first.axes,
    )


def _add(step: IntegerStep) -> Tensor:
    return _join(step, [step.given(0), step.given(1)], Add, "add")


def _concat(step: IntegerStep) -> Tensor:
    given = [step.given(n) for n in range(len(step.inputs))]
    if any(one.axes[step.attributes["axis"] % (len(one.axes) + 1) - 1] != "c" for one in given):
        raise RefusedError("it must concatenate channels", "use axis 1")
    return _join(step, given, Concat, "concat")


def _qlinear_add(step: IntegerStep) -> Tensor:
    given = [started(step, 0), started(step, 3)]
    return step.graph.append(
        _join(step, given, Add, "add"), format_of(step.array(6), step.array(7))
    )


def _qlinear_concat(step: IntegerStep) -> Tensor:
    """Scale and zero point of the output, then three inputs for each part."""
    given = [started(step, at) for at in range(2, len(step.inputs), 3)]
    sums = _concat(replace(step, inputs=given))
    assert isinstance(sums, Sums)
    return step.graph.append(sums, format_of(step.array(0), step.array(1)))


def _pool_layer(step: IntegerStep, kind: Any, prefix: str, **parameters: Any) -> Tensor:
    given = step.given()
    if given.axes != image_axes(given.shape):
        raise RefusedError("it must be two-dimensional, channels first", "use 2-d layers")
    sums = Sums(lambda _: kind(**given.taken, **parameters), prefix, (given.source,))
    return step.graph.append(sums, given.demand_format())


def _windows(step: IntegerStep) -> dict[str, Any]:
    if step.pair("dilations") != (1, 1):
        raise RefusedError("dilations must be [1, 1]", "use a larger kernel")
    kernel, stride = step.pair("kernel_shape"), step.pair("strides")
    return {"kernel": kernel, "stride": stride, "padding": step.padding(kernel)}


def _max_pool(step: IntegerStep) -> Tensor:
    return _pool_layer(step, MaxPool, "pool", **_windows(step))


def _average_pool(step: IntegerStep) -> Tensor:
    counts = bool(step.attributes.get("count_include_pad", 0))
    windows = _windows(step)
    return _pool_layer(step, AveragePool, "average", **windows, count_include_pad=counts)


def _global_average_pool(step: IntegerStep) -> Tensor:
    return _pool_layer(step, GlobalAveragePool, "average")


def _qlinear_mean(step: IntegerStep) -> Tensor:
    bound = with_input(step, started(step, 0))
    if step.attributes.get("channels_last", 0):
        raise RefusedError("channels_last must be 0", "use channels first")
    need_format(bound.given(), format_of(step.array(3), step.array(4)))
    pools = {"QLinearAveragePool": _average_pool}
    return pools.get(step.node.op_type, _global_average_pool)(bound)


def _relu(step: IntegerStep) -> Tensor:
    value = step.inputs[0]
    if isinstance(value, Sums):
        return replace(value, relu=True)
    if step.given().demand_format().signed:
        raise RefusedError("a ReLU must come before a QuantizeLinear", "quantize behind the ReLU")
    return step.given()


def _clip(step: IntegerStep) -> Tensor:
    value = step.inputs[0]
    low, high = (
        float(step.array(n, default).reshape(())) for n, default in ((1, -np.inf), (2, np.inf))
    )
    if isinstance(value, Sums):
        return replace(value, bounds=(low, high))
    raise RefusedError("a Clip must come before a QuantizeLinear", "quantize behind the Clip")


def _rename(step: IntegerStep) -> Tensor:
    value = step.inputs[0]
    if isinstance(value, Constant) or value is None:
        raise RefusedError("it must take an activation", "fold it into a constant")
    if isinstance(value, Sums):
        raise RefusedError("it must come behind a QuantizeLinear", "quantize before it")
    full = [prod(sizes(value.shape)[x] for x in axis) for axis in value.axes]
    op = step.node.op_type
    if op == "Identity":
        return value
    if op == "Flatten" and step.attributes.get("axis", 1) == 1:
        dims = [prod(full)]
    elif op == "Reshape":
        dims = [int(n) for n in step.array(1).reshape(-1)[1:]]
        dims = [full[n] if dim == 0 else dim for n, dim in enumerate(dims)]
        left = prod(full) // max(1, prod(dim for dim in dims if dim > 0))
        dims = [left if dim < 0 else dim for dim in dims]
    else:
        raise RefusedError("it may only flatten an image", "flatten from dimension 1")
    axes = regrouped(value.shape, value.axes, dims)
    if axes is None:
        raise RefusedError("it may only merge dimensions of an image", "flatten from dimension 1")
    return replace(value, axes=axes)


INTEGER_OPERATORS: dict[str, Callable[[IntegerStep], Tensor]] = {
    **WEIGHTED,
    "Add": _add,
    "AveragePool": _average_pool,
    "Clip": _clip,
    "Concat": _concat,
    "DequantizeLinear": _dequantize,
    "Flatten": _rename,
    "GlobalAveragePool": _global_average_pool,
    "Identity": _rename,
    "MaxPool": _max_pool,
    "QLinearAdd": _qlinear_add,
    "QLinearAveragePool": _qlinear_mean,
    "QLinearConcat": _qlinear_concat,
    "QLinearGlobalAveragePool": _qlinear_mean,
    "QuantizeLinear": _quantize,
    "Relu": _relu,
    "Reshape": _rename,
}
