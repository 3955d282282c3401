"""Random stages and parts of a random size."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from math import log2
from typing import Any

import numpy as np

from shiftconv.estimates.components import features_of
from shiftconv.estimates.stage_parts import parts_of
from shiftconv.flow.estimates.priors import priors
from shiftconv.flow.estimates.random_layers import DRAWERS
from shiftconv.flow.estimates.specimen import PARTS, stage_of
from shiftconv.gateware.memory_area import default_kind, memory_area
from shiftconv.gateware.memory_kind import MemoryKind, kinds_of
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.stages import STAGES, Stage
from shiftconv.target import Target

__all__ = ["draw_specimen"]

Parameters = dict[str, Any]
Rng = np.random.Generator

SEED = 8
SHARES: Mapping[str, float] = {
    "conv2d": 0.43,
    "dense": 0.12,
    "depthwise_conv2d": 0.11,
    "max_pool": 0.06,
    "average_pool": 0.05,
    "global_average_pool": 0.03,
    "add": 0.04,
    "concat": 0.03,
    "channel_slice": 0.01,
    "look_up": 0.03,
    "upsample": 0.02,
    "adapter": 0.03,
    "buffer": 0.01,
    "fork": 0.01,
    "queue": 0.01,
    "shell": 0.01,
}
SMALLEST, LARGEST = 60, 800
"""LUTs that are looked for; some kinds have less, whatever their folding."""
TOO_SMALL = 10
TRIES = 200
FOLDINGS = 40
MOST_MEMORY_LUTS = 400
MOST_WORDS = 1500
"""Of memories with contents: longer ones take Yosys long, and nothing else is new about them."""


def draw_specimen(number: int, family: str) -> Parameters:
    """Parameters of the ``number``-th specimen of a family, always the same."""
    rng = np.random.default_rng([SEED, number, *family.encode()])
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    size = 2 ** rng.uniform(log2(SMALLEST), log2(LARGEST))
    for _ in range(TRIES):
        drawn = {"kind": kind, **DRAWERS[kind](rng)}
        if kind in PARTS:
            return _with_memory(rng, drawn, family)
        try:
            layer = stage_of({**drawn, "folding": _any_folding(kind)}, family).layer
        except ValueError:
            continue  # a window that does not fit its image, a sum that is too wide
        foldings = list(STAGES[kind].foldings(layer))
        stages = [
            STAGES[kind]("stage", layer, foldings[n], Target(family=family))
            for n in rng.permutation(len(foldings))[:FOLDINGS]
        ]
        stages = [stage for stage in stages if _words(stage) <= MOST_WORDS]
        if not stages:
            continue
        luts = [_expected_luts(stage, family) for stage in stages]
        found, nearest = min(
            zip(luts, stages, strict=True), key=lambda pair: abs(log2(pair[0] / size))
        )
        if TOO_SMALL <= found <= LARGEST:
            return {
                **drawn,
                "folding": asdict(nearest.folding),
                "kinds": [_kind(rng, shape, family) for shape in nearest.memories],
            }
    raise RuntimeError(f"No {kind} has from {TOO_SMALL} to {LARGEST} LUTs")


def _with_memory(rng: Rng, drawn: Parameters, family: str) -> Parameters:
    """A part, and what its memory is made of if it has one."""
    sizes = {"queue": ("depth", "par"), "shell": ("verdict_depth", None)}
    if drawn["kind"] not in sizes:
        return drawn
    depth, par = sizes[drawn["kind"]]
    width = drawn[par] * drawn["format"][0] + 1 if par else 1
    shape = StreamQueue.memory(width=width, depth=drawn[depth])
    return {**drawn, "memory": _kind(rng, shape, family)}


def _any_folding(kind: str) -> dict[str, Any]:
    """A folding to make the layer with."""
    known = {"mode": "pixel", "in_par": 1, "out_par": 1, "par": 1}
    return {field.name: known[field.name] for field in fields(STAGES[kind].folding_type)}


def _kind(rng: Rng, shape: MemoryShape, family: str) -> MemoryKind:
    """What suits more often than not, else any that takes no thousands of LUTs."""
    usual = default_kind(shape, family)
    kinds = [
        kind
        for kind in kinds_of(shape, family)
        if memory_area(shape, kind, family).lut <= MOST_MEMORY_LUTS
    ]
    return usual if rng.random() < 0.6 or not kinds else kinds[rng.integers(len(kinds))]


def _words(stage: Stage) -> int:
    return sum(memory.count * memory.depth for memory in stage.memories if memory.fixed)


def _expected_luts(stage: Stage, family: str) -> float:
    """LUTs as expected before any synthesis, which no fit changes: nor does it what is drawn."""
    expected = priors("lut", family)
    return sum(
        times * expected.get(feature, 0) * value
        for name, parameters, times in parts_of(stage, family)
        for feature, value in features_of(name, parameters).items()
    )
