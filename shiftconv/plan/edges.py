"""Streams between stages, and the width adapters on them."""

from dataclasses import dataclass

from quant.network import Network
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.stages import Stage

__all__ = ["Edge", "adapter_cycles", "edges_of"]


@dataclass(frozen=True)
class Edge:
    """A stream from one stage to another.

    Parameters
    ----------
    source : str
        Node that gives, or ``INPUT``.
    target : str
        Node that takes.
    slot : int
        Which of the target's inputs it is.
    """

    source: str
    target: str
    slot: int

    @property
    def place(self) -> str:
        """Name of the target's input, for what stands before it."""
        return f"{self.target}_{self.slot}" if self.slot else self.target


def edges_of(network: Network) -> tuple[Edge, ...]:
    """Streams of a network, in the order of its nodes."""
    return tuple(
        Edge(source, node.name, slot)
        for node in network.nodes
        for slot, source in enumerate(node.inputs)
    )


def adapter_cycles(before: int, after: Stage, slot: int = 0) -> int:
    """Cycles per frame of the width adapter before a stage; 0 if none is needed."""
    if before == after.in_par:
        return 0
    height, width, channels = after.layer.inputs[slot][0]
    return height * width * WidthAdapter.cycles(channels, before, after.in_par)
