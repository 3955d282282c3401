"""Activation steps tuned on the network's accuracy, last layer first."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat, round_shift
from quant.layers import Join, Layer
from quant.layers._weighted import WeightedLayer
from quant.layers.look_up import LookUp
from quant.network import Network, Node

__all__ = ["refined", "with_frac"]

MAX_BIAS = 2**31 - 1

IntArray = NDArray[np.int64]
Score = tuple[float, float]


def refined(
    network: Network,
    act: IntArray,
    labels: IntArray,
    *,
    on_layer: Callable[[str], None] = lambda name: None,
) -> Network:
    """The network with steps that are twice or half as large where that gives more accuracy.

    From the last layer back to the first, each layer that has a format of its own keeps the best of
    three fraction lengths, its own and the two beside it, given what was found behind it: the one
    with the most frames whose largest output is the label's, of equal ones that with the least
    cross entropy, of equal ones its own. Weights stay; what a table takes or gives stays too.

    Parameters
    ----------
    network : Network
    act : ndarray of integers, shape (n, *in_shape)
        Neither calibration samples nor test images.
    labels : ndarray of int64, shape (n,)
    on_layer : callable
        Told the name of each layer before it is tried.

    Raises
    ------
    ValueError
        If there are no frames, or they or their labels do not fit.

    Notes
    -----
    After US patent 11,694,073 of the authors of paper C (Kim et al., arXiv 1810.13329): from the
    last layer on, candidate fraction lengths around the one that is set, the one with the best
    accuracy stays. That there are two candidates, and how ties are broken, is our choice.
    """
    act = network.check_input(act)
    if not len(act) or labels.shape != (len(act),):
        raise ValueError(
            f"Refinement needs frames and as many labels, not {len(act)} and {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= np.prod(network.out_shape):
        raise ValueError(f"Labels must be from 0 to {np.prod(network.out_shape) - 1}")
    best = _score(network, act, labels)
    for node in reversed(network.nodes):
        if not isinstance(node.layer, WeightedLayer | Join):
            continue
        on_layer(node.name)
        frac = node.layer.out_format.frac
        for other in (frac + 1, frac - 1):
            try:
                candidate = with_frac(network, node.name, other)
            except ValueError:
                continue
            score = _score(candidate, act, labels)
            if score > best:
                network, best = candidate, score
    return network


def with_frac(network: Network, name: str, frac: int) -> Network:
    """The network with another fraction length behind one layer; its takers follow.

    Raises
    ------
    ValueError
        If the layer's format is not its own, a table takes it, or a bias would not fit.
    """
    formats: dict[str, ActFormat] = {}
    nodes = []
    for node in network.nodes:
        layer = node.layer
        taken = [formats.get(source) for source in node.inputs]
        if any(fmt is not None for fmt in taken):
            layer = _taking(node.name, layer, taken)
        if node.name == name:
            layer = _giving(node.name, layer, frac)
        if layer.out_format != node.layer.out_format:
            formats[node.name] = layer.out_format
        nodes.append(Node(node.name, layer, node.inputs))
    return Network(network.name, tuple(nodes), network.metadata)


def _giving(name: str, layer: Layer, frac: int) -> Layer:
    fmt = replace(layer.out_format, frac=frac)
    if isinstance(layer, WeightedLayer):
        return replace(layer, out_format=fmt, shift=layer.shift + layer.out_format.frac - frac)
    if isinstance(layer, Join):
        return replace(layer, out_format=fmt)
    raise ValueError(f"{name}: its format follows from others")


def _taking(name: str, layer: Layer, taken: list[ActFormat | None]) -> Layer:
    formats = [
        fmt if fmt is not None else own for fmt, (_, own) in zip(taken, layer.inputs, strict=True)
    ]
    if isinstance(layer, LookUp):
        raise ValueError(f"{name}: a table takes only the format that it was made for")
    if isinstance(layer, Join):
        shapes = [shape for shape, _ in layer.inputs[1:]]
        others = tuple(zip(shapes, formats[1:], strict=True))
        return replace(layer, in_format=formats[0], others=others)
    if isinstance(layer, WeightedLayer):
        finer = formats[0].frac - layer.in_format.frac
        if finer > 0 and np.abs(layer.bias).max(initial=0) > MAX_BIAS >> finer:
            raise ValueError(f"{name}: its bias would not fit into 32 bits")
        bias = round_shift(layer.bias, -finer)
        return replace(layer, in_format=formats[0], bias=bias, shift=layer.shift + finer)
    return replace(layer, in_format=formats[0])


def _score(network: Network, act: IntArray, labels: IntArray) -> Score:
    """Frames that are right, and the mean logarithm of the labels' probabilities."""
    flat = network.infer(act).reshape(len(act), -1)
    logits = network.out_format.dequantize(flat)
    logits -= logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    right = float((flat.argmax(axis=1) == labels).sum())
    return right, float(logs[np.arange(len(labels)), labels].mean())
