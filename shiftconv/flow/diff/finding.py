"""The first difference between what passed at taps and the golden model's values."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quant.layers._weighted import WeightedLayer
from quant.network import INPUT, Network, Node
from shiftconv.flow.diff.taps import OUTPUT, Checkpoint
from shiftconv.flow.simulation.bench import read_states, read_tap

__all__ = ["Finding", "Window", "first_difference"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Window:
    """What one output value of a layer is made of, at one of its inputs.

    Parameters
    ----------
    source : str
        Node that it comes from, or the network's input.
    first : (row, column, channel)
        Of the first activation; rows and columns below zero are padding.
    activations : list
        Golden activations, nested as rows, columns, channels; zero or the least value in padding
        does not show here: those are None.
    weights : list or None
        Levels, in the same shape.
    """

    source: str
    first: tuple[int, int, int]
    activations: list[list[list[int | None]]]
    weights: list[list[list[int]]] | None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The first difference: layers first, then frames, pixels, channels, bits.

    Parameters
    ----------
    layer, place : str
        Where: a node's output, or one of its inputs if what comes in there is wrong already.
    frame, row, column, channel : int
    bit : int or None
        The lowest one that differs; None where a beat is missing, or only its mark is wrong.
    expected : int or None
        None where the stream should have ended.
    found : int or None
        None where nothing came.
    what : str
        In words.
    cycle : int
        In which the beat was taken; the last one that passed here where it never came.
    mismatched_values : int
        How many values differ at this place, in all frames.
    values : int
        Out of so many.
    windows : tuple of Window
        What the value is made of; empty for a place that is no layer's output.
    bias, shift : int or None
        Of the value's channel, of a layer with weights.
    """

    layer: str
    place: str
    frame: int
    row: int
    column: int
    channel: int
    bit: int | None
    expected: int | None
    found: int | None
    what: str
    cycle: int
    mismatched_values: int
    values: int
    windows: tuple[Window, ...]
    bias: int | None
    shift: int | None


def first_difference(
    checkpoints: tuple[Checkpoint, ...], golden: dict[str, IntArray], network: Network, taps: Path
) -> Finding | None:
    """The first difference, in the order of the checkpoints; None if there is none.

    Where nothing that passed was wrong, but beats are missing, it is the layer that holds on.

    Parameters
    ----------
    checkpoints : tuple of Checkpoint
    golden : dict of ndarray of int64, shape (n, height, width, channels)
        Outputs of the nodes, and the network's input.
    network : Network
    taps : Path
        Folder of what passed at the taps.
    """
    findings = [
        finding
        for checkpoint in checkpoints
        if (finding := _difference(checkpoint, golden, network, taps)) is not None
    ]
    wrong = [finding for finding in findings if finding.found is not None]
    if wrong or not findings:
        return wrong[0] if wrong else None
    # Beats are missing, and a layer that holds on holds up all before it: name that one.
    stuck = _stuck(network, checkpoints, read_states(taps))
    return next((f for f in findings if (f.layer, f.place) == (stuck, OUTPUT)), findings[0])


def _stuck(
    network: Network, checkpoints: tuple[Checkpoint, ...], states: list[tuple[bool, bool]]
) -> str:
    """The layer that everything waits for when nothing moves any more.

    From the end backwards, each layer waits for the first input that is not there, until one has
    all its inputs, or had them: what it lacks is held up by others, which wait for it.
    """
    offered = {
        (checkpoint.layer, checkpoint.place): valid
        for checkpoint, (valid, _) in zip(checkpoints, states, strict=True)
    }
    inputs = {node.name: node.inputs for node in network.nodes}
    layer = network.nodes[-1].name
    while layer != INPUT:
        places = (f"input {slot}, from {source}" for slot, source in enumerate(inputs[layer]))
        missing = [
            source
            for source, place in zip(inputs[layer], places, strict=True)
            if not offered[layer, place]
        ]
        if not missing or offered[missing[0], OUTPUT]:
            break
        layer = missing[0]
    return layer


def _difference(
    checkpoint: Checkpoint, golden: dict[str, IntArray], network: Network, taps: Path
) -> Finding | None:
    """The first difference at one place."""
    wanted, used, ends = checkpoint.stream(golden[checkpoint.source])
    cycles, found, marks = read_tap(taps, checkpoint.tap)
    n = min(len(wanted), len(found))
    wrong = (wanted[:n] != found[:n]) & used[:n]
    wrong_marks = ends[:n] != marks[:n]
    bad = np.flatnonzero(wrong.any(axis=1) | wrong_marks)
    if not len(bad) and len(found) == len(wanted):
        return None
    beat = int(bad[0]) if len(bad) else n
    lane = int(np.flatnonzero(wrong[beat])[0]) if len(bad) and wrong[beat].any() else 0
    expected = int(wanted[beat, lane]) if beat < len(wanted) else None
    value = int(found[beat, lane]) if beat < len(found) else None
    bit = None
    if expected is None:
        what = f"a beat too many: {len(found):,} for {len(wanted):,}"
    elif value is None:
        what = f"no more beats: {len(found):,} of {len(wanted):,}"
    elif expected == value:
        what = "the mark of a frame's last beat is " + ("there" if marks[beat] else "missing")
    else:
        differing = (expected ^ value) & (1 << checkpoint.width) - 1
        bit = (differing & -differing).bit_length() - 1
        what = f"expected {expected}, found {value}"
    frame, row, column, channel = checkpoint.place_of(beat, lane)
    node = next((node for node in network.nodes if node.name == checkpoint.layer), None)
    windows, bias, shift = (
        _contribution(node, golden, frame, row, column, channel)
        if node and checkpoint.place == OUTPUT and expected is not None
        else ((), None, None)
    )
    return Finding(
        layer=checkpoint.layer,
        place=checkpoint.place,
        frame=frame,
        row=row,
        column=column,
        channel=channel,
        bit=bit,
        expected=expected,
        found=value,
        what=what,
        cycle=int(cycles[min(beat, len(cycles) - 1)]) if len(cycles) else 0,
        mismatched_values=int(wrong.sum()),
        values=int(used.sum()),
        windows=windows,
        bias=bias,
        shift=shift,
    )


def _contribution(
    node: Node,
    golden: dict[str, IntArray],
    frame: int,
    row: int,
    column: int,
    channel: int,
) -> tuple[tuple[Window, ...], int | None, int | None]:
    """Activations and weights of one value, and its channel's bias and shift."""
    layer = node.layer
    weights = layer.weights_of(channel)
    windows = []
    for source, region in zip(node.inputs, layer.reach(row, column, channel), strict=True):
        if not all(region):
            continue
        act = golden[source][frame]
        rows, columns, channels = region
        windows.append(
            Window(
                source=source,
                first=(rows[0], columns[0], channels[0]),
                activations=[
                    [[_at(act, y, x, c) for c in channels] for x in columns] for y in rows
                ],
                weights=None if weights is None else weights.tolist(),
            )
        )
    if not isinstance(layer, WeightedLayer):
        return tuple(windows), None, None
    return tuple(windows), int(layer.bias[channel]), int(layer.shift[channel])


def _at(act: IntArray, row: int, column: int, channel: int) -> int | None:
    """An activation; None in the padding."""
    height, width, _ = act.shape
    return int(act[row, column, channel]) if 0 <= row < height and 0 <= column < width else None
