"""Build a float network node by node; scales, offsets and ReLUs fold into the layers."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.float_network.layers import (
    FloatAdd,
    FloatConcat,
    FloatFunction,
    FloatLayer,
    FloatRectified,
    FloatSlice,
)
from quant.float_network.pools import (
    FloatAveragePool,
    FloatGlobalAveragePool,
    FloatMaxPool,
    FloatUpsample,
)
from quant.float_network.weighted import FloatWeighted
from quant.layers import Shape
from quant.onnx_float.value import Affine, Function, Value, composed
from quant.onnx_model.layout import image_axes
from quant.onnx_model.verdict import RefusedError

__all__ = ["GraphBuilder"]

FloatArray = NDArray[np.float64]

_KEEPS_SIGN = FloatMaxPool | FloatAveragePool | FloatGlobalAveragePool | FloatUpsample | FloatSlice


class GraphBuilder:
    """Layers so far.

    Members
    -------
    layers : dict of str to FloatLayer
        By name, each behind those it takes from.
    host : list of str
        Operators left to the host.
    """

    def __init__(self) -> None:
        self.layers: dict[str, FloatLayer] = {}
        self.host: list[str] = []
        self._feeds: dict[str, tuple[Value, ...]] = {}
        self._counts: Counter[str] = Counter()

    def append(
        self,
        prefix: str,
        make: Callable[..., FloatLayer],
        values: Sequence[Value],
        **parameters: Any,
    ) -> Value:
        """A new layer on ``values``, and its output as an image."""
        self._counts[prefix] += 1
        name = f"{prefix}{self._counts[prefix]}"
        layer = make(
            name=name,
            in_shape=values[0].shape,
            inputs=tuple(value.source for value in values),
            **parameters,
        )
        self.layers[name] = layer
        self._feeds[name] = tuple(values)
        return Value(name, layer.out_shape, image_axes(layer.out_shape))

    def affine(self, value: Value, step: Affine) -> Value:
        """Scale and offset: folded into the layer before, or left to the one behind."""
        if any(value.padding) and step.offset.any():
            value.need_unpadded()
        if value.pending is None:
            function = self._function_of(value)
            if function is not None and step.per_channel:
                return self.function(value, step.function(), "affine", _differs(step))
            name = self._foldable(value, FloatWeighted)
            if name is not None and self._fold_affine(name, step, passed=name != value.source):
                return value
        return replace(value, pending=step.after(value.pending))

    def relu(self, value: Value, cap: float = np.inf) -> Value:
        """Clamp at zero, and at ``cap``; pools of maxima between do not matter."""
        if value.pending is None:
            if cap == np.inf and self.is_nonnegative(value):
                return value
            name = self._foldable(value, FloatRectified)
            if name is not None:
                layer = self.layers[name]
                assert isinstance(layer, FloatRectified)
                self.layers[name] = replace(layer, relu=True, cap=min(layer.cap, cap))
                return value
        label = "relu" if cap == np.inf else f"relu{cap:g}"
        return self.function(value, lambda values: np.clip(values, 0, cap), label, False)

    def function(self, value: Value, function: Function, label: str, per_channel: bool) -> Value:
        """A function of each value, together with one before it and with a waiting scale."""
        if any(value.padding) and np.any(function(np.zeros(value.shape[2]))):
            value.need_unpadded()
        before = self._function_of(value)
        if value.pending:
            function, label = composed(function, value.pending.function()), f"affine_{label}"
            per_channel = per_channel or _differs(value.pending)
            if not value.pending.per_channel:
                raise RefusedError(
                    f"{value.pending.source}, which differs from pixel to pixel, can only fold "
                    f"into a dense layer right behind it",
                    "use one value per channel",
                )
        if before is not None:
            self.layers[before.name] = replace(
                before,
                function=composed(function, before.function),
                label=f"{before.label}_{label}",
                per_channel=before.per_channel or per_channel,
            )
            return replace(value, pending=None)
        made = self.append(
            "lookup",
            FloatFunction,
            [value],
            function=function,
            label=label,
            per_channel=per_channel,
        )
        return replace(made, axes=value.axes, padding=value.padding)

    def product(self, one: Value, two: Value) -> Value:
        """Product of two functions of the same layer's output."""
        (root, f, f_differs), (other, g, g_differs) = map(self._unfolded, (one, two))
        if root.source != other.source or one.axes != two.axes or one.padding != two.padding:
            raise RefusedError(
                "it multiplies two activations, but only functions of one and the same can be",
                "replace the gate with an addition or a concatenation",
            )
        made = self.append(
            "lookup",
            FloatFunction,
            [root],
            function=lambda values: f(values) * g(values),
            label="product",
            per_channel=f_differs or g_differs,
        )
        return replace(made, axes=one.axes)

    def total(self, values: Sequence[Value]) -> Value:
        """Sum of activations."""
        values = [self.settled(value) for value in values]
        _need_alike(values, "summands", [value.shape for value in values])
        sources = {value.source for value in values}
        if len(sources) == 1:
            many = np.full((1, 1, 1), float(len(values)))
            return self.affine(replace(values[0], shared=True), Affine(many, 0 * many, "sum"))
        return self.append("add", FloatAdd, values).with_axes(values[0].axes)

    def concat(self, values: Sequence[Value], axis: int) -> Value:
        """Activations side by side, along the tensor axis of the channels (0: the first)."""
        values = [self.settled(value) for value in values]
        rest = ["".join(value.axes[axis]).removeprefix("c") for value in values]
        same = [
            (*value.axes[:axis], r, *value.axes[axis + 1 :])
            for value, r in zip(values, rest, strict=True)
        ]
        if any("c" in letters for axes in same for letters in axes):
            raise RefusedError("it concatenates along another axis than channels", "use axis 1")
        _need_alike(
            [value.with_axes(axes) for value, axes in zip(values, same, strict=True)],
            "concatenated images",
            [value.shape[:2] for value in values],
        )
        channels = tuple(value.shape[2] for value in values)
        made = self.append("concat", FloatConcat, values, channels=channels)
        return made.with_axes((*same[0][:axis], f"c{rest[0]}", *same[0][axis + 1 :]))

    def channels(self, value: Value, start: int, stop: int) -> Value:
        """Some channels of an image."""
        if (start, stop) == (0, value.shape[2]):
            return value
        value = self.settled(value)
        made = self.append("slice", FloatSlice, [value], start=start, stop=stop)
        alone = made.shape[2] == 1
        return made.with_axes(tuple(x.replace("c", "") if alone else x for x in value.axes))

    def settled(self, value: Value) -> Value:
        """The same with nothing waiting; a table does what no neighbour takes in."""
        value.need_unpadded()
        if value.pending is None:
            return value
        return self.function(value, lambda values: values, "identity", False)

    def is_nonnegative(self, value: Value) -> bool:
        """Whether no value can be negative: behind a ReLU, and pools, sums or joins of such."""
        waiting, seen = [value], set()
        while waiting:
            value = waiting.pop()
            layer = self.layers.get(value.source)
            if value.pending or layer is None:
                return False
            if value.source in seen or (isinstance(layer, FloatRectified) and layer.relu):
                continue
            if not isinstance(layer, FloatAdd | FloatConcat | _KEEPS_SIGN):
                return False
            seen.add(value.source)
            waiting += self._feeds[value.source]
        return True

    def finished(self, value: Value) -> tuple[FloatLayer, ...]:
        """The layers that the output ``value`` needs, it last."""
        value = self.settled(value)
        needed = {value.source}
        for name, layer in reversed(self.layers.items()):
            if name in needed:
                needed.update(layer.inputs)
        return tuple(layer for name, layer in self.layers.items() if name in needed)

    def _fold_affine(self, name: str, step: Affine, *, passed: bool) -> bool:
        """Fold into a layer with weights; False if it can't. ``passed``: there are max pools."""
        layer = self.layers[name]
        assert isinstance(layer, FloatWeighted)
        if layer.relu or not step.per_channel or (passed and (step.scale < 0).any()):
            return False
        scale, offset = step.channels()
        self.layers[name] = replace(
            layer, weights=layer.weights * scale, bias=layer.bias * scale + offset
        )
        return True

    def _foldable(self, value: Value, kind: type[Any]) -> str | None:
        """The layer of that kind before ``value``, if only max pools are between and nobody
        else takes what it gives."""
        while not value.shared and value.source in self.layers:
            layer = self.layers[value.source]
            if isinstance(layer, kind):
                return value.source
            if not isinstance(layer, FloatMaxPool):
                return None
            (value,) = self._feeds[value.source]
        return None

    def _function_of(self, value: Value) -> FloatFunction | None:
        """The function that gives ``value`` and nothing else."""
        layer = self.layers.get(value.source)
        return layer if isinstance(layer, FloatFunction) and not value.shared else None

    def _unfolded(self, value: Value) -> tuple[Value, Function, bool]:
        """What a value is a function of, the function, and whether channels differ."""
        value.need_unpadded()
        function: Function = lambda values: values  # noqa: E731
        differs = False
        while True:
            if value.pending and not value.pending.per_channel:
                value = self.settled(value)
            elif value.pending:
                function = composed(function, value.pending.function())
                differs = differs or _differs(value.pending)
            layer = self.layers.get(value.source)
            if not isinstance(layer, FloatFunction):
                return replace(value, pending=None), function, differs
            function = composed(function, layer.function)
            differs = differs or layer.per_channel
            value = replace(self._feeds[value.source][0], pending=None)


def _differs(step: Affine) -> bool:
    """Whether its channels have different scales or offsets."""
    return any(part.size > 1 and bool(np.ptp(part)) for part in step.channels())


def _need_alike(
    values: Sequence[Value], what: str, shapes: Sequence[Shape | tuple[int, int]]
) -> None:
    """Refuse different shapes or orders of axes."""
    if len(set(shapes)) > 1:
        raise RefusedError(
            f"its {what} must have one shape (height, width, channels), not "
            + " and ".join(map(str, dict.fromkeys(shapes))),
            "make the branches equal",
        )
    if len({value.axes for value in values}) > 1:
        raise RefusedError(f"its {what} order their axes differently", "transpose before it")
