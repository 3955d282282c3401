"""Every decision about an accelerator, made before a signal exists."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from quant.network import INPUT, Network
from shiftconv.area import Area
from shiftconv.estimates import edge_area, queue_area, shell_area
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKind, MemoryKinds
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.stream_queue import MIN_DEPTH, StreamQueue
from shiftconv.gateware.weight_loader import Load
from shiftconv.plan.areas import stage_area
from shiftconv.plan.edges import Edge, adapter_cycles, edges_of
from shiftconv.stages import Stage
from shiftconv.target import Target
from shiftconv.timeline import Timeline

__all__ = ["Plan", "least_verdict_depth"]


def least_verdict_depth(n_stages: int) -> int:
    """Frames that are under way at once when one takes no time."""
    return 4 * (n_stages + 1)


@dataclass(frozen=True, eq=False)
class Plan:
    """A network and, for each layer, its stage.

    Parameters
    ----------
    network : Network
    stages : tuple of Stage
        One per layer, in order.
    queue_kinds : tuple of {"block", "lut", "big"}, optional
        What each of its ``queue_memories`` is made of; without it, what suits the family.
    """

    network: Network
    stages: tuple[Stage, ...]
    queue_kinds: tuple[MemoryKind, ...] | None = None

    @cached_property
    def by_name(self) -> dict[str, Stage]:
        """Stages by node."""
        return {stage.name: stage for stage in self.stages}

    @property
    def target(self) -> Target:
        """What the stages are built for."""
        return self.stages[0].target

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Streams between stages."""
        return edges_of(self.network)

    @property
    def in_par(self) -> int:
        """Channels per beat of the accelerator's input."""
        return next(self.by_name[edge.target].in_par for edge in self.edges if edge.source == INPUT)

    def source_par(self, edge: Edge) -> int:
        """Channels per beat at an edge's source."""
        return self.in_par if edge.source == INPUT else self.by_name[edge.source].out_par

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state: those of the slowest stage or width adapter."""
        adapters = (
            adapter_cycles(self.source_par(edge), self.by_name[edge.target], edge.slot)
            for edge in self.edges
        )
        return max(*(stage.cycles for stage in self.stages), *adapters)

    @property
    def lanes(self) -> int:
        """Lanes of all stages."""
        return sum(stage.lanes for stage in self.stages)

    @property
    def memory_bits(self) -> int:
        """Memory bits of all stages, and of the queues before joins."""
        queues = sum(depth * self._beat_bits(edge) for edge, depth in self.queues.items())
        return sum(stage.memory_bits for stage in self.stages) + queues

    @property
    def memories(self) -> list[tuple[str, MemoryShape]]:
        """Every memory, with the stage that it belongs to or the place where it stands."""
        found = [(stage.name, memory) for stage in self.stages for memory in stage.memories]
        return found + list(self.queue_memories.items())

    @cached_property
    def queue_memories(self) -> dict[str, MemoryShape]:
        """Memories between stages: before joins, of verdicts, and of outputs that await theirs."""
        sizes = {
            f"queue_{edge.place}": (self._beat_bits(edge), depth)
            for edge, depth in self.queues.items()
        }
        sizes["verdicts"] = 1, self.verdict_depth
        if self.room_depth:
            out = self.stages[-1]
            sizes["room"] = out.out_par * out.layer.out_format.width + 1, self.room_depth
        return {
            name: StreamQueue.memory(width=bits, depth=depth)
            for name, (bits, depth) in sizes.items()
        }

    @property
    def queue_memory_kinds(self) -> MemoryKinds:
        """What each memory between stages is made of; nothing is said for any family."""
        family, memories = self.target.family, self.queue_memories
        if family is None:
            return AUTOMATIC
        kinds = self.queue_kinds or tuple(default_kind(m, family) for m in memories.values())
        return dict(zip(memories, kinds, strict=True))

    @property
    def kinds(self) -> list[MemoryKind]:
        """What each of :attr:`memories` is made of, in order; nothing is said for any family."""
        of_stages = [kind for stage in self.stages for kind in stage.memory_kinds.values()]
        return of_stages + list(self.queue_memory_kinds.values())

    def with_kinds(self, kinds: Sequence[MemoryKind]) -> "Plan":
        """The same with each of :attr:`memories` made of what is named, in order."""
        left = iter(kinds)
        stages = tuple(
            replace(stage, kinds=tuple(islice(left, len(stage.memories)))) for stage in self.stages
        )
        return Plan(self.network, stages, tuple(left))

    @property
    def loads(self) -> dict[str, Load]:
        """What the stages' memories take from a host at start, by stage."""
        return {stage.name: stage.load for stage in self.stages if stage.load is not None}

    def weight_bytes(self) -> bytes:
        """What a host sends at start: the transfers of :attr:`loads`, each as whole bytes."""
        parts = []
        for stage in self.stages:
            if stage.load is not None:
                n_bytes = stage.load.bytes_each
                parts += [word.to_bytes(n_bytes, "little") for word in stage.load_words()]
        return b"".join(parts)

    @property
    def verdict_depth(self) -> int:
        """Frames that are under way at once: those that begin within a frame's latency, and some
        more for what stages hold back."""
        return least_verdict_depth(len(self.stages)) + self.latency_cycles // self.cycles_per_frame

    @property
    def room_depth(self) -> int:
        """Output beats that must find room until their frame's verdict; 0 if none leaves before.

        A frame whose outputs begin before its input ends has to be held back whole.
        """
        if self.answers_after_input:
            return 0
        height, width, channels = self.network.out_shape
        return height * width * n_beats(channels, self.stages[-1].out_par) + MIN_DEPTH

    def _beat_bits(self, edge: Edge) -> int:
        """Bits of a beat, its mark included, as an edge's target takes it."""
        stage = self.by_name[edge.target]
        return stage.in_par * stage.layer.inputs[edge.slot][1].width + 1

    @cached_property
    def latency_cycles(self) -> int:
        """Cycles from a lone frame's first input beat to its last output beat."""
        room = 2 if self.room_depth else 1
        return Timeline(self.network, self.by_name).latency + room

    @cached_property
    def queues(self) -> dict[Edge, int]:
        """Beats that each input of a join must be able to hold.

        At a join the faster branch waits for the slowest one. With room for what it brings until
        then, no stage before them is ever held up by it, so branches can't block each other.
        """
        joins = [e for e in self.edges if len(self.by_name[e.target].layer.inputs) > 1]
        if not joins:
            return {}
        timeline = Timeline(self.network, self.by_name, period=self.cycles_per_frame)
        return {e: max(MIN_DEPTH, timeline.depth(e.target, e.slot)) for e in joins}

    @cached_property
    def areas(self) -> dict[str, Area]:
        """Estimated area of each stage, by its name, and of all that lies between and around them
        under an empty name, on the target's family."""
        found = {stage.name: stage_area(stage) for stage in self.stages}
        rest = shell_area(self.stages[0], self.stages[-1])
        for edge in self.edges:
            rest += edge_area(self.source_par(edge), self.by_name[edge.target], edge.slot)
        for name, memory in self.queue_memories.items():
            rest += queue_area(memory, self.target.family, self.queue_memory_kinds.get(name))
        return {**found, "": rest}

    @cached_property
    def area(self) -> Area:
        """Estimated area in all."""
        return sum(self.areas.values(), Area())

    @property
    def answers_after_input(self) -> bool:
        """Whether no output beat can leave before the frame's last input beat has come."""
        height = self.network.in_shape[0]
        # Input rows that each row of a node needs, and whether none begins before the last beat.
        needed = {INPUT: list(range(1, height + 1))}
        late = {INPUT: False}
        for node in self.network.nodes:
            stage = self.by_name[node.name]
            needed[node.name] = [
                max(needed[source][need - 1] for source in node.inputs) for need in stage.needs
            ]
            whole_rows = not stage.streams and needed[node.name][0] >= height
            late[node.name] = whole_rows or all(late[source] for source in node.inputs)
        return late[self.network.nodes[-1].name]

    def rows(self) -> list[dict[str, Any]]:
        """The plan as a table, one row per stage."""
        return [
            {
                "name": stage.name,
                "kind": stage.kind,
                "out_shape": list(stage.layer.out_shape),
                "macs": stage.layer.macs,
                "lanes": stage.lanes,
                "structure": stage.structure,
                "folds": stage.folds,
                "cycles": stage.cycles,
                "memory_bits": stage.memory_bits,
                "in_par": stage.in_par,
                "out_par": stage.out_par,
            }
            for stage in self.stages
        ]
