"""Move scale between neighbouring layers, channel by channel, without changing the network.

A channel may be multiplied by a power of two where it is made, if it is divided by the same where
it is used. Where it is made that costs nothing, since every output channel has a scale of its own;
where it is used it changes how much the weights of an output differ among each other, and so how
many exponents they need.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quant.float_network.graph import FloatNetwork
from quant.float_network.layers import (
    FloatAdd,
    FloatConcat,
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
from quant.network import INPUT

__all__ = ["equalized"]

MAX_SHIFT = 6

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CHANNELWISE = (FloatMaxPool, FloatAveragePool, FloatGlobalAveragePool, FloatUpsample)


def equalized(graph: FloatNetwork, samples: FloatArray, *, share: float = 0.5) -> FloatNetwork:
    """The same function with other scales inside.

    Channel ``i`` between two layers is multiplied by the power of two next to
    ``(w[i] / w) ** share * (x / x[i]) ** (1 - share)``: ``w[i]`` is the root mean square of the
    weights that take it, ``x[i]`` of what it is on the samples, and ``w`` and ``x`` are their
    geometric means over the channels of a tensor. Scale moves through ReLUs, pools, additions,
    concatenations and slices; channels that are added move together. The network's input and
    output, what enters or leaves a function's table, and what a capped ReLU gives stay.

    Parameters
    ----------
    graph : FloatNetwork
    samples : ndarray of float, shape (n, *in_shape)
    share : float
        1 makes the weights of a layer alike and 0 the activations; between, something of both.

    Raises
    ------
    ValueError
        If ``share`` is not from 0 to 1, or the samples do not fit.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"The weights' share must be from 0 to 1, not {share!r}")
    ties = _Ties(graph)
    maps = graph.trace(samples)
    shifts = ties.shifts(maps, share)
    layers = tuple(
        _rescaled(layer, shifts[layer.inputs[0]], shifts[layer.name])
        if isinstance(layer, FloatWeighted)
        else layer
        for layer in graph.layers
    )
    return replace(graph, layers=layers)


class _Ties:
    """Which channels of which tensors must have the same factor.

    Parameters
    ----------
    graph : FloatNetwork
    """

    def __init__(self, graph: FloatNetwork) -> None:
        self.graph = graph
        # Number 0 is the factor that stays 1.
        self.parent = [0]
        self.channels = {INPUT: np.zeros(graph.in_shape[2], np.int64)}
        for layer in graph.layers:
            self.channels[layer.name] = self._given(layer)
        self._tie(self.channels[graph.layers[-1].name], np.zeros(graph.out_shape[2], np.int64))

    def _given(self, layer: FloatLayer) -> IntArray:
        """Numbers of the factors of a layer's output channels."""
        taken = [self.channels[source] for source in layer.inputs]
        if isinstance(layer, FloatRectified) and np.isfinite(layer.cap):
            if not isinstance(layer, FloatWeighted):
                self._tie(np.concatenate(taken), np.zeros(sum(map(len, taken)), np.int64))
            return np.zeros(layer.out_shape[2], np.int64)
        if isinstance(layer, FloatWeighted):
            first = len(self.parent)
            self.parent += range(first, first + layer.out_shape[2])
            return np.arange(first, len(self.parent))
        if isinstance(layer, _CHANNELWISE):
            return taken[0]
        if isinstance(layer, FloatSlice):
            return taken[0][layer.start : layer.stop]
        if isinstance(layer, FloatConcat):
            return np.concatenate(taken)
        if isinstance(layer, FloatAdd):
            for other in taken[1:]:
                self._tie(taken[0], other)
            return taken[0]
        self._tie(np.concatenate(taken), np.zeros(sum(map(len, taken)), np.int64))
        return np.zeros(layer.out_shape[2], np.int64)

    def _root(self, number: int) -> int:
        while self.parent[number] != number:
            number = self.parent[number]
        return number

    def _tie(self, some: IntArray, others: IntArray) -> None:
        for one, other in zip(some.tolist(), others.tolist(), strict=True):
            low, high = sorted((self._root(one), self._root(other)))
            self.parent[high] = low

    def shifts(self, maps: dict[str, FloatArray], share: float) -> dict[str, IntArray]:
        """Exponents of the channels' factors, by tensor."""
        roots = {
            name: np.array([self._root(number) for number in numbers.tolist()])
            for name, numbers in self.channels.items()
        }
        wanted = np.zeros(len(self.parent))
        count = np.zeros(len(self.parent))
        for layer in self.graph.layers:
            if isinstance(layer, FloatWeighted):
                source = layer.inputs[0]
                values = maps[source] if source != INPUT else np.zeros((1, *self.graph.in_shape))
                score = _score(_weights_rms(layer), _rms(values), share)
                known = np.isfinite(score)
                np.add.at(wanted, roots[source][known], score[known])
                np.add.at(count, roots[source][known], 1)
        mean = np.rint(wanted / np.maximum(count, 1)).astype(np.int64)
        mean = np.clip(mean, -MAX_SHIFT, MAX_SHIFT)
        mean[0] = 0
        return {name: mean[some] for name, some in roots.items()}


def _score(weights: FloatArray, values: FloatArray, share: float) -> FloatArray:
    """Logarithm of the factor that a channel's taker asks for; NaN of a channel without either."""
    with np.errstate(divide="ignore"):
        logs = np.log2(np.stack([weights, values]))
    logs[:, ~np.isfinite(logs).all(axis=0)] = np.nan
    if np.isnan(logs).all():
        return logs[0]
    logs -= np.nanmean(logs, axis=1, keepdims=True)
    return share * logs[0] - (1 - share) * logs[1]


def _rms(values: FloatArray) -> FloatArray:
    return np.sqrt((values**2).mean(axis=(0, 1, 2)))


def _weights_rms(layer: FloatWeighted) -> FloatArray:
    """Of the weights that take each input channel, each output's divided by its own largest."""
    largest = np.abs(layer.weights).reshape(-1, layer.weights.shape[-1]).max(axis=0)
    weights = _by_channels(layer, layer.weights / np.where(largest, largest, 1))
    return np.sqrt((weights**2).mean(axis=(0, 3))).T.reshape(-1)


def _by_channels(layer: FloatWeighted, weights: FloatArray) -> FloatArray:
    """Weights of shape (taps, channels of a group, groups, outputs of a group)."""
    c_part = layer.in_shape[2] // layer.n_groups
    return weights.reshape(-1, c_part, layer.n_groups, weights.shape[-1] // layer.n_groups)


def _rescaled(layer: FloatWeighted, taken: IntArray, given: IntArray) -> FloatWeighted:
    """The layer with inputs that are ``2**taken`` and outputs that are ``2**given`` as large."""
    factors = taken.reshape(layer.n_groups, -1).T[None, :, :, None]
    weights = np.ldexp(_by_channels(layer, layer.weights), -factors).reshape(layer.weights.shape)
    return replace(layer, weights=np.ldexp(weights, given), bias=np.ldexp(layer.bias, given))
