"""When the rows of a lone frame are where: latency, and how much waits at a join."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quant.network import INPUT, Network
from shiftconv.gateware.beat import n_beats
from shiftconv.stages import Stage

__all__ = ["RowTime", "Timeline"]

SLACK = 4


@dataclass(frozen=True)
class RowTime:
    """Cycles in which a row's first and last beat are there."""

    first: int
    last: int

    def after(self, cycles: int) -> "RowTime":
        """The same row some cycles later."""
        return RowTime(self.first + cycles, self.last + cycles)


class Timeline:
    """Follows the rows of one frame through the stages of a network.

    A stage begins an output row when the input rows that it needs are complete (or, if it streams,
    as they come) and the row before is done. That rows of one stage may wait for room in the next
    is left out, so times are estimates; they err on the early side.

    Parameters
    ----------
    network : Network
    stages : mapping of str to Stage
        By node.
    adapter_latency : callable of (par before, stage after) -> int
        Cycles in the width adapter between two stages.
    input_cycles : int, optional
        Cycles over which the frame comes in; as fast as the input can without it.
    """

    def __init__(
        self,
        network: Network,
        stages: Mapping[str, Stage],
        adapter_latency: Callable[[int, Stage], int],
        *,
        input_cycles: int | None = None,
    ):
        self.network = network
        self.stages = stages
        self.adapter_latency = adapter_latency
        first = next(stages[node.name] for node in network.nodes if INPUT in node.inputs)
        height, width, channels = network.in_shape
        self.in_par = first.in_par
        beats = width * n_beats(channels, self.in_par)
        total = max(input_cycles or 0, height * beats)
        self.rows: dict[str, list[RowTime]] = {
            INPUT: [
                RowTime(row * total // height, (row + 1) * total // height - 1)
                for row in range(height)
            ]
        }
        for node in network.nodes:
            self.rows[node.name] = self._follow(node.name, node.inputs)

    def out_par(self, name: str) -> int:
        """Channels per beat of a node's output, or of the network's input."""
        return self.in_par if name == INPUT else self.stages[name].out_par

    def arrivals(self, source: str, stage: Stage) -> list[RowTime]:
        """When a source's rows reach a stage."""
        adapter = self.adapter_latency(self.out_par(source), stage)
        return [row.after(1 + adapter) for row in self.rows[source]]

    @property
    def latency(self) -> int:
        """Cycles from the frame's first input beat to its last output beat."""
        return self.rows[self.network.nodes[-1].name][-1].last + 1

    def _follow(self, name: str, sources: Sequence[str]) -> list[RowTime]:
        """Rows of a stage's output."""
        stage = self.stages[name]
        branches = [self.arrivals(source, stage) for source in sources]
        height = len(branches[0])
        together = [
            RowTime(max(b[row].first for b in branches), max(b[row].last for b in branches))
            for row in range(height)
        ]
        rows, free_at = [], 0
        for need in stage.needs:
            row = together[need - 1]
            if stage.streams:
                start = max(row.first, free_at)
                free_at = max(row.last + 1, start + stage.row_cycles)
                done = free_at - 1 + stage.latency
                # A mean over the image begins only with the last pixel.
                begin = done if len(stage.needs) < height else start + stage.latency
            else:
                start = max(row.last + 1, free_at)
                free_at = start + stage.row_cycles
                done = free_at + stage.latency
                begin = start + stage.latency
            rows.append(RowTime(begin, done))
        return rows

    def waiting(self, name: str, slot: int, cycles_per_frame: int) -> int:
        """Most beats of one input that wait at a join for the slowest other, in steady state.

        Arrival and consumption are spread evenly between a row's first and last beat; frames follow
        every ``cycles_per_frame``.
        """
        node = next(node for node in self.network.nodes if node.name == name)
        stage = self.stages[name]
        branches = [self.arrivals(source, stage) for source in node.inputs]
        height, width, channels = node.layer.inputs[slot][0]
        beats = width * n_beats(channels, stage.in_par)
        joint = [
            RowTime(max(b[row].first for b in branches), max(b[row].last for b in branches))
            for row in range(height)
        ]
        # As many frames as are under way at once, so that the last one finds what all leave.
        n_frames = 2 + (joint[-1].last - branches[slot][0].first) // cycles_per_frame
        arrive = _spread(branches[slot], beats, cycles_per_frame, n_frames)
        taken = _spread(joint, beats, cycles_per_frame, n_frames)
        waiting = np.arange(1, len(arrive) + 1) - np.searchsorted(taken, arrive, side="left")
        return int(waiting.max()) + SLACK


def _spread(
    rows: Sequence[RowTime], beats: int, cycles_per_frame: int, n_frames: int
) -> np.ndarray:
    """Times of every beat of some frames, ascending."""
    times = np.concatenate([np.linspace(row.first, row.last, beats) for row in rows])
    frames = np.concatenate([times + frame * cycles_per_frame for frame in range(n_frames)])
    return np.maximum.accumulate(frames)
