"""When every beat is where in steady state: latency, and how much must wait at a join."""

from collections.abc import Mapping
from math import gcd

import numpy as np
from numpy.typing import NDArray

from quant.network import INPUT, Network, Node
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import BeatTimes, regrouped
from shiftconv.stages import Stage

__all__ = ["Timeline", "written_before"]


class Timeline:
    """The static schedule of a network: cycles in which each beat of a frame is transferred.

    Every stage works as soon as its inputs let it; nothing is held up. Frames come in every
    ``period`` cycles, each spread evenly over them.

    Parameters
    ----------
    network : Network
    stages : mapping of str to Stage
        By node.
    period : int, optional
        Cycles per frame, no fewer than any stage needs. Without it there is one frame, which comes
        in one beat a cycle.

    Notes
    -----
    All times are closed formulas of the stages' rates (:meth:`Stage.departures`). A frame meets
    what the one before it has left behind, and as no stage takes longer than a period, nothing of
    the frames before that: so two frames are followed, and the second one repeats for ever.
    """

    def __init__(self, network: Network, stages: Mapping[str, Stage], *, period: int | None = None):
        self.network = network
        self.stages = stages
        self.period = period
        self.in_par = next(stages[n.name].in_par for n in network.nodes if INPUT in n.inputs)
        height, width, channels = network.in_shape
        total = height * width * n_beats(channels, self.in_par)
        self.departures = {INPUT: np.arange(total) * (period or total) // total}
        """Cycles in which each source's beats leave, shape (beats of a frame,)."""
        self.takes: dict[tuple[str, int], NDArray[np.int64]] = {}
        """Cycles in which a join takes the beats of each of its inputs."""
        for node in network.nodes:
            stage = stages[node.name]
            offers = [self._repeated(self._offered(node, slot)) for slot in range(len(node.inputs))]
            if len(offers) > 1:
                for slot, taken in enumerate(stage.takes(offers)):
                    self.takes[node.name, slot] = taken[-1]
            self.departures[node.name] = stage.departures(offers)[-1]

    def out_par(self, name: str) -> int:
        """Channels per beat of a node's output, or of the network's input."""
        return self.in_par if name == INPUT else self.stages[name].out_par

    @property
    def latency(self) -> int:
        """Cycles from a frame's first input beat to its last output beat."""
        return int(self.departures[self.network.nodes[-1].name][-1]) + 1

    def _repeated(self, times: NDArray[np.int64]) -> BeatTimes:
        """A frame, after the one before it."""
        return np.stack([times] if self.period is None else [times - self.period, times])

    def _offered(self, node: Node, slot: int) -> NDArray[np.int64]:
        """When the beats of an input are there: behind a buffer, an adapter and, at a join, a
        queue that is not full."""
        stage, source = self.stages[node.name], node.inputs[slot]
        channels = node.layer.inputs[slot][0][2]
        buffered = self._repeated(self.departures[source] + 1)
        adapted = regrouped(buffered, channels, self.out_par(source), stage.in_par)[-1]
        return adapted + (2 if len(node.inputs) > 1 else 0)

    def latest(self, source: str) -> NDArray[np.int64]:
        """When a source's beats may leave at the latest without holding up anything."""
        assert self.period is not None
        leaves = self.departures[source]
        patience = None if source == INPUT else self.stages[source].patience
        if patience is None:
            return leaves
        return np.maximum(leaves, np.append(leaves[1:], leaves[0] + self.period) - patience)

    def depth(self, name: str, slot: int) -> int:
        """Least depth of the queue at a join's input with which its source is never held up.

        Parameters
        ----------
        name : str
            Node with several inputs.
        slot : int

        Notes
        -----
        With a depth of ``d`` the queue's beat ``k`` must have been taken two cycles before a beat
        of the source leaves that can't leave before beat ``k + d`` has been written. So ``d`` is
        the largest difference, over all beats of the source, between what must have been written
        and what has been taken until the beat leaves at the latest.
        """
        assert self.period is not None
        node = next(node for node in self.network.nodes if node.name == name)
        source, par = node.inputs[slot], self.stages[name].in_par
        leaves, takes = self.departures[source], self.takes[name, slot]
        # As many frames as are under way at once, so that all that the last one meets are there.
        n_before = 1 + max(0, int(takes[-1] - leaves[0]) // self.period)
        earlier = np.arange(-n_before, 1)[:, np.newaxis] * self.period
        taken = np.searchsorted((takes + earlier).ravel(), self.latest(source) - 2, side="right")
        channels = node.layer.inputs[slot][0][2]
        written = written_before(len(leaves), channels, self.out_par(source), par)
        return int((written + n_before * len(takes) - taken).max())


def written_before(n: int, channels: int, before: int, after: int) -> NDArray[np.int64]:
    """How many beats have left a stream buffer and width adapter at the latest when each of ``n``
    comes in, counted from the frame's first; negative for beats of the frame before."""
    n_in, unit = n_beats(channels, before), gcd(before, after)
    if before == after:
        return np.arange(n) - 1
    # The buffer holds two; the adapter takes a wide beat when it has given all of the one before,
    # and a narrow one when what was complete before it has left.
    at = np.arange(n) - 2
    if unit < before:
        pixel, beat = np.divmod(at, n_in)
        units_in = n_beats(channels, unit)
        at = pixel * units_in + np.minimum(beat * (before // unit), units_in)
        if unit == after:
            return at
        at, n_in = at - 1, units_in
    pixel, beat = np.divmod(at, n_in)
    return pixel * n_beats(channels, after) + beat // (after // unit)
