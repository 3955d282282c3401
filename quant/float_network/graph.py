"""The float network: layers that name the layers they take from."""

from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.float_network.layers import FloatLayer, batches, in_batches
from quant.layers import Shape
from quant.network import INPUT

__all__ = ["FloatNetwork"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """Float layers, each taking what earlier ones give.

    Parameters
    ----------
    name : str
    layers : tuple of FloatLayer
        At least one, in an order in which every layer comes after those it takes from. The last
        one gives the network's output.
    host : tuple of str
        Operators behind the last layer that are left to whoever takes the output.
    """

    name: str
    layers: tuple[FloatLayer, ...]
    host: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        before = (INPUT, *(layer.name for layer in self.layers))
        wired = tuple(
            replace(layer, inputs=layer.inputs or (before[n],))
            for n, layer in enumerate(self.layers)
        )
        object.__setattr__(self, "layers", wired)

    @property
    def in_shape(self) -> Shape:
        taker = next(layer for layer in self.layers if INPUT in layer.inputs)
        return taker.shape_of_input(taker.inputs.index(INPUT))

    @property
    def out_shape(self) -> Shape:
        return self.layers[-1].out_shape

    @property
    def largest(self) -> int:
        """Values per frame of the largest of its input and its layers' outputs."""
        return max(prod(shape) for shape in (self.in_shape, *(x.out_shape for x in self.layers)))

    def check_input(self, values: NDArray) -> FloatArray:
        """``values`` as float64; raises ValueError if shape or numbers do not fit."""
        values = np.asarray(values, dtype=np.float64)
        if values.shape[1:] != self.in_shape:
            raise ValueError(
                f"Samples must have shape (n, {', '.join(map(str, self.in_shape))}), "
                f"not {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError("Samples must be finite, but NaN or infinity was found")
        return values

    def trace(self, values: NDArray) -> dict[str, FloatArray]:
        """Output of every layer, by name.

        Parameters
        ----------
        values : ndarray, shape (n, *in_shape)

        Returns
        -------
        dict of ndarray of float64, shape (n, *out_shape of that layer)
        """
        known = {INPUT: self.check_input(values)}
        for layer in self.layers:
            taken = [known[source] for source in layer.inputs]
            found = in_batches(layer.apply, *taken)
            known[layer.name] = found if len(values) else np.zeros((0, *layer.out_shape))
        del known[INPUT]
        return known

    def infer(self, values: NDArray) -> FloatArray:
        """Output of the last layer, shape (n, *out_shape)."""
        values = self.check_input(values)
        last = self.layers[-1].name
        parts = [self.trace(some)[last] for some in batches(values)]
        return np.concatenate(parts or [np.zeros((0, *self.out_shape))])
