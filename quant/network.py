"""The quantized network: layers in order, golden inference with every intermediate."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.layers import Layer, Shape

__all__ = ["INPUT", "Network", "Node"]

INPUT = "input"
BATCH = 256
# As many values of windows as stay in a processor's cache.
MAX_VALUES = 2**20

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Node:
    """A layer under a name.

    Parameters
    ----------
    name : str
        Unique in the network; hardware stages and reports carry it.
    layer : Layer
    inputs : tuple of str
        Nodes whose outputs it takes, or :data:`INPUT`. Empty stands for the node before it.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Network:
    """Quantized layers, each taking what earlier ones give.

    Parameters
    ----------
    name : str
    nodes : tuple of Node
        In an order in which every node comes after those it takes from. The last one gives the
        network's output.
    metadata : dict of str to str
        What the file carries besides: scheme, calibration, accuracy.

    Raises
    ------
    ValueError
        If there is no layer, a name occurs twice, an output goes nowhere, or shapes or formats of
        neighbours differ.
    """

    name: str
    nodes: tuple[Node, ...]
    metadata: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ValueError(f"Network {self.name!r} has no layers")
        names = [node.name for node in self.nodes]
        if len({INPUT, *names}) <= len(names):
            raise ValueError(f"Layer names must differ, and none be {INPUT!r}, not {names}")
        before = [INPUT, *names]
        wired = tuple(
            replace(node, inputs=node.inputs or (before[n],)) for n, node in enumerate(self.nodes)
        )
        object.__setattr__(self, "nodes", wired)
        given = {INPUT: (self.in_shape, self.in_format)}
        for node in self.nodes:
            self._check_inputs(node, given)
            given[node.name] = node.layer.out_shape, node.layer.out_format
        used = {source for node in self.nodes for source in node.inputs}
        for name in before[:-1]:
            if name not in used:
                raise ValueError(f"The output of {name} goes nowhere")

    @staticmethod
    def _check_inputs(node: Node, given: dict[str, tuple[Shape, ActFormat]]) -> None:
        """Raise ValueError unless a node takes what earlier ones give."""
        if len(node.inputs) != len(node.layer.inputs):
            raise ValueError(
                f"{node.name} takes {len(node.layer.inputs)} inputs, not {len(node.inputs)}"
            )
        for source, (shape, fmt) in zip(node.inputs, node.layer.inputs, strict=True):
            if source not in given:
                raise ValueError(f"{node.name} takes from {source}, which does not come before it")
            out_shape, out_format = given[source]
            if out_shape != shape:
                raise ValueError(f"{node.name} takes shape {shape}, but {source} gives {out_shape}")
            if out_format != fmt:
                raise ValueError(f"{node.name} takes {fmt}, but {source} gives {out_format}")

    @property
    def _input(self) -> tuple[Shape, ActFormat]:
        """Shape and format of what the first layer that takes the network's input takes there."""
        for node in self.nodes:
            if INPUT in node.inputs:
                return node.layer.inputs[node.inputs.index(INPUT)]
        raise ValueError(f"No layer of network {self.name!r} takes the network's input")

    @property
    def in_shape(self) -> Shape:
        return self._input[0]

    @property
    def in_format(self) -> ActFormat:
        return self._input[1]

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
            acts = (act if source == INPUT else outputs[source] for source in node.inputs)
            outputs[node.name] = node.layer.reference(*acts)
        return outputs

    def infer(
        self, act: IntArray, on_frames: Callable[[int], None] = lambda n_done: None
    ) -> IntArray:
        """Golden output.

        Parameters
        ----------
        act : ndarray of integers, shape (n, *in_shape)
        on_frames : callable
            Told how many frames are done, now and then.

        Returns
        -------
        ndarray of int64, shape (n, *out_shape)
        """
        act = self.check_input(act)
        if not len(act):
            return np.zeros((0, *self.out_shape), np.int64)
        last, n = self.nodes[-1].name, self._frames_at_once
        outputs = []
        for at in range(0, len(act), n):
            outputs.append(self.trace(act[at : at + n])[last])
            on_frames(min(at + n, len(act)))
        return np.concatenate(outputs)

    @property
    def _frames_at_once(self) -> int:
        """Frames at once: few enough that their windows stay in the cache."""
        layers = [node.layer for node in self.nodes]
        largest = max(
            max(layer.macs // layer.out_shape[2], prod(layer.in_shape)) for layer in layers
        )
        return max(1, min(BATCH, MAX_VALUES // largest))
