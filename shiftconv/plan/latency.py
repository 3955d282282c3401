"""What holds a frame up: the critical path of a plan, and the least that it takes in another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer
from quant.network import INPUT, Node
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import regrouped
from shiftconv.plan.edges import Edge
from shiftconv.plan.plan import Plan
from shiftconv.stages import Stage
from shiftconv.timeline import Timeline

__all__ = ["Place", "Step", "critical_path", "stage_delay", "stream_delay"]

LONG_AGO = -(1 << 40)


@dataclass(frozen=True)
class Place:
    """One value of a frame, whichever beat carries it.

    Parameters
    ----------
    pixel, channel : int
    """

    pixel: int
    channel: int

    def beat(self, channels: int, par: int) -> int:
        """The beat that carries it."""
        return self.pixel * n_beats(channels, par) + self.channel // par

    @classmethod
    def last_of(cls, beat: int, channels: int, par: int) -> "Place":
        """The last value of a beat."""
        pixel, group = divmod(beat, n_beats(channels, par))
        return cls(pixel, min(channels, (group + 1) * par) - 1)


@dataclass(frozen=True)
class Step:
    """Through a stream into a stage, and out of it.

    Parameters
    ----------
    edge : Edge
    sent, taken, given : Place
        What the stream's source must have given for the stage to take what it must take to give
        what is waited for.
    """

    edge: Edge
    sent: Place
    taken: Place
    given: Place


def critical_path(plan: Plan) -> list[Step]:
    """What a lone frame's last output value waits for, from the output to the input."""
    timeline = Timeline(plan.network, plan.by_name)
    nodes = {node.name: node for node in plan.network.nodes}
    name = plan.network.nodes[-1].name
    height, width, channels = plan.network.out_shape
    given, steps = Place(height * width - 1, channels - 1), []
    while name != INPUT:
        steps.append(_step_into(nodes[name], plan.by_name[name], given, timeline))
        name, given = steps[-1].edge.source, steps[-1].sent
    return steps


def _step_into(node: Node, stage: Stage, given: Place, timeline: Timeline) -> Step:
    """What one stage waits for before it gives a value."""
    layer = node.layer
    sources = [timeline.departures[source] for source in node.inputs]
    pars = [timeline.out_par(source) for source in node.inputs]
    offers = [
        _through_stream(times, layer, slot, par, stage.in_par)
        for slot, (times, par) in enumerate(zip(sources, pars, strict=True))
    ]
    at = given.beat(layer.out_shape[2], stage.out_par)
    slot, beat = _last_needed(offers, lambda offers: _departures(stage, offers)[at])
    before, channels = pars[slot], layer.inputs[slot][0][2]

    def arrival(times: list[NDArray[np.int64]]) -> int:
        return _through_stream(times[0], layer, slot, before, stage.in_par)[beat]

    _, sent = _last_needed([sources[slot]], arrival)
    return Step(
        Edge(node.inputs[slot], node.name, slot),
        Place.last_of(sent, channels, before),
        Place.last_of(beat, channels, stage.in_par),
        given,
    )


def stage_delay(stage: Stage, slot: int, taken: Place, given: Place) -> int:
    """The least time from taking one value to giving another, whenever all else comes.

    Where one does not wait for the other it is very negative.
    """
    layer = stage.layer
    offers = [np.full(_n_beats(layer, n, stage.in_par), LONG_AGO) for n in range(len(layer.inputs))]
    channels = layer.inputs[slot][0][2]
    offers[slot] = _after(len(offers[slot]), taken.beat(channels, stage.in_par))
    times = stage.earliest_departures([times[np.newaxis] for times in offers])[-1]
    leaves = times[given.beat(layer.out_shape[2], stage.out_par)]
    return int(leaves)


def stream_delay(
    layer: Layer, slot: int, sent: Place, taken: Place, before: int, after: int
) -> int:
    """The same of what stands before a layer's input: buffer, width adapter, queue."""
    channels = layer.inputs[slot][0][2]
    times = _after(_n_beats(layer, slot, before), sent.beat(channels, before))
    offers = _through_stream(times, layer, slot, before, after)
    return int(offers[taken.beat(channels, after)])


def _n_beats(layer: Layer, slot: int, par: int) -> int:
    height, width, channels = layer.inputs[slot][0]
    return height * width * n_beats(channels, par)


def _after(n: int, beat: int) -> NDArray[np.int64]:
    """Beats of which one comes at 0, those before it long ago, the others as fast as can be.

    Nothing else that a stage may be offered lets it give a beat earlier. That would be so for any
    times if the columns of a sliding window did not keep in step; of these rows, none falls out.
    """
    times = np.arange(n) - beat
    return np.where(times < 0, LONG_AGO, times)


def _departures(stage: Stage, offers: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return stage.departures([times[np.newaxis] for times in offers])[-1]


def _through_stream(
    times: NDArray[np.int64], layer: Layer, slot: int, before: int, after: int
) -> NDArray[np.int64]:
    """When beats that leave a source are there for a stage."""
    channels = layer.inputs[slot][0][2]
    adapted = regrouped(times[np.newaxis] + 1, channels, before, after)[-1]
    return adapted + (2 if len(layer.inputs) > 1 else 0)


def _last_needed(
    offers: list[NDArray[np.int64]], time: Callable[[list[NDArray[np.int64]]], int]
) -> tuple[int, int]:
    """Input and beat that something waits for: the last one without which it would come earlier."""
    due = time(offers)
    for slot, times in enumerate(offers):
        alone = [np.full(len(other), LONG_AGO) for other in offers]

        def without(n: int, slot: int = slot, times=times, alone=alone) -> int:
            """When it comes if the first ``n`` beats of this input came long ago."""
            alone[slot] = np.where(np.arange(len(times)) < n, LONG_AGO, times)
            return time(alone)

        if without(0) < due and slot < len(offers) - 1:
            continue
        low, high = 0, len(times)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if without(middle) >= due else (low, middle)
        return slot, low
    raise AssertionError("Something waits for nothing")
