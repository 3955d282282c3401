"""The quantized network: layers in order, golden inference with every intermediate."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.layers import Layer, Shape

__all__ = ["Network", "Node"]

BATCH = 256

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Node:
    """A layer under a name.

    Parameters
    ----------
    name : str
        Unique in the network; hardware stages and reports carry it.
    layer : Layer
    """

    name: str
    layer: Layer


@dataclass(frozen=True, eq=False)
class Network:
    """A chain of quantized layers.

    Parameters
    ----------
    name : str
    nodes : tuple of Node
        Each layer takes what the one before it gives.
    metadata : dict of str to str
        What the file carries besides: scheme, calibration, accuracy.

    Raises
    ------
    ValueError
        If there is no layer, a name occurs twice, or shapes or formats of neighbours differ.
    """

    name: str
    nodes: tuple[Node, ...]
    metadata: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ValueError(f"Network {self.name!r} has no layers")
        names = [node.name for node in self.nodes]
        if len(set(names)) < len(names):
            raise ValueError(f"Layer names must differ, not {names}")
        for before, after in zip(self.nodes, self.nodes[1:], strict=False):
            if before.layer.out_shape != after.layer.in_shape:
                raise ValueError(
                    f"{after.name} takes shape {after.layer.in_shape}, "
                    f"but {before.name} gives {before.layer.out_shape}"
                )
            if before.layer.out_format != after.layer.in_format:
                raise ValueError(
                    f"{after.name} takes {after.layer.in_format}, "
                    f"but {before.name} gives {before.layer.out_format}"
                )

    @property
    def in_shape(self) -> Shape:
        return self.nodes[0].layer.in_shape

    @property
    def in_format(self) -> ActFormat:
        return self.nodes[0].layer.in_format

    @property
    def out_shape(self) -> Shape:
        return self.nodes[-1].layer.out_shape

    @property
    def out_format(self) -> ActFormat:
        return self.nodes[-1].layer.out_format

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame."""
        return sum(node.layer.macs for node in self.nodes)

    def check_input(self, act: IntArray) -> IntArray:
        """``act`` as int64; raises ValueError if shape or range is not the network's."""
        act = np.asarray(act)
        if act.shape[1:] != self.in_shape:
            raise ValueError(
                f"Frames must have shape (n, {', '.join(map(str, self.in_shape))}), not {act.shape}"
            )
        if not np.issubdtype(act.dtype, np.integer):
            raise ValueError(f"Frames must be integers, not {act.dtype}")
        if act.size and (act.min() < self.in_format.lo or act.max() > self.in_format.hi):
            raise ValueError(
                f"Activations must lie from {self.in_format.lo} to {self.in_format.hi}, "
                f"but reach from {act.min()} to {act.max()}"
            )
        return act.astype(np.int64)

    def trace(self, act: IntArray) -> dict[str, IntArray]:
        """Output of every layer, by node name.

        Parameters
        ----------
        act : ndarray of integers, shape (n, *in_shape)

        Returns
        -------
        dict of ndarray of int64, shape (n, *out_shape of that layer)
        """
        act = self.check_input(act)
        outputs: dict[str, IntArray] = {}
        for node in self.nodes:
            act = outputs[node.name] = node.layer.reference(act)
        return outputs

    def infer(self, act: IntArray) -> IntArray:
        """Golden output.

        Parameters
        ----------
        act : ndarray of integers, shape (n, *in_shape)

        Returns
        -------
        ndarray of int64, shape (n, *out_shape)
        """
        act = self.check_input(act)
        if not len(act):
            return np.zeros((0, *self.out_shape), np.int64)
        last = self.nodes[-1].name
        batches = range(0, len(act), BATCH)
        return np.concatenate([self.trace(act[at : at + BATCH])[last] for at in batches])
