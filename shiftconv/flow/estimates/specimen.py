"""A stage or a part between stages as plain parameters, which a line of JSON holds."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from amaranth.lib import wiring
from numpy.typing import NDArray

from quant.codebook import codebook_from_name
from quant.fixed_point import ActFormat
from quant.layers import LAYERS, Layer
from shiftconv.estimates.components import Part, features_of
from shiftconv.estimates.features import Features, pile
from shiftconv.estimates.stage_parts import parts_of
from shiftconv.flow.estimates.shell import Shell
from shiftconv.gateware.beat import act_shape, beat_layout
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_fork import StreamFork
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.stages import STAGES, Stage
from shiftconv.target import Target

__all__ = ["PARTS", "component_of", "features_of_specimen", "stage_of"]

Parameters = Mapping[str, Any]

WEIGHTED = ("conv2d", "dense", "depthwise_conv2d")


def stage_of(parameters: Parameters, family: str) -> Stage:
    """The stage that parameters describe; the same parameters give the same weights.

    Raises
    ------
    ValueError
        If they describe no stage.
    """
    kind = parameters.get("kind")
    if kind not in STAGES:
        raise ValueError(f"Kind must be one of {', '.join(STAGES)}, not {kind!r}")
    stage_type = STAGES[kind]
    folding = stage_type.folding_type(**parameters["folding"])
    target = Target(family=family, structure=parameters.get("structure"))
    kinds = tuple(parameters["kinds"]) if "kinds" in parameters else None
    return stage_type("stage", _layer_of(kind, parameters), folding, target, kinds)


def _layer_of(kind: str, parameters: Parameters) -> Layer:
    made: dict[str, Any] = {
        "in_shape": tuple(parameters["in_shape"]),
        "in_format": ActFormat(*parameters["in_format"]),
    }
    made |= {
        name: tuple(parameters[name])
        for name in ("stride", "padding", "kernel")
        if name in parameters and not (name == "kernel" and kind in WEIGHTED)
    }
    made |= {
        name: parameters[name]
        for name in ("start", "stop", "factor", "count_include_pad")
        if name in parameters
    }
    if "out_format" in parameters:
        made["out_format"] = ActFormat(*parameters["out_format"])
    if "others" in parameters:
        made["others"] = tuple(
            (tuple(shape), ActFormat(*fmt)) for shape, fmt in parameters["others"]
        )
    rng = np.random.default_rng(parameters.get("seed"))
    if kind in WEIGHTED:
        made |= _weights_of(parameters, rng)
    if kind == "look_up":
        made |= {"function": "random", "table": _table_of(parameters, made["out_format"], rng)}
    return LAYERS[kind](**made)


def _weights_of(parameters: Parameters, rng: np.random.Generator) -> dict[str, Any]:
    """Levels like those of trained networks: bell-shaped, some more zeros; scales to match."""
    codebook = codebook_from_name(parameters["codebook"])
    shape = tuple(parameters["levels"])
    largest = max(abs(int(level)) for level in codebook.levels)
    levels = codebook.nearest(rng.normal(0, parameters["spread"] * largest, shape))
    if 0 in codebook.levels:
        levels = np.where(rng.random(shape) < parameters["zeros"], 0, levels)
    low, high = parameters["shifts"]
    reach = 2 ** parameters["bias_width"]
    return {
        "codebook": codebook,
        "levels": levels,
        "bias": rng.integers(-reach, reach, shape[-1]),
        "shift": np.append(rng.integers(low, high + 1, shape[-1])[1:], high),
    }


def _table_of(parameters: Parameters, fmt: ActFormat, rng) -> NDArray[np.int64]:
    """A smooth function of the input's value, one for each channel if they are to differ."""
    width = parameters["in_format"][0]
    n = parameters["in_shape"][2] if parameters["per_channel"] else 1
    x = np.linspace(-1, 1, 2**width)
    slope, bend = rng.uniform(0.3, 2, (2, n, 1))
    y = np.tanh(3 * slope * x) * np.where(x < 0, bend / 2, 1)
    table = np.round(fmt.lo + (y + 1) / 2 * (fmt.hi - fmt.lo)).clip(fmt.lo, fmt.hi)
    table = np.roll(table, 2 ** (width - 1), axis=1) if parameters["in_format"][2] else table
    return table.astype(np.int64) if n > 1 else table[0].astype(np.int64)


def _beat(parameters: Parameters, par: str):
    return beat_layout(act_shape(ActFormat(*parameters["format"])), parameters[par])


PARTS: Mapping[str, Callable[[Parameters], wiring.Component]] = {
    "adapter": lambda p: WidthAdapter(
        shape=act_shape(ActFormat(*p["format"])),
        channels=p["channels"],
        in_par=p["before"],
        out_par=p["after"],
    ),
    "buffer": lambda p: StreamBuffer(shape=_beat(p, "par")),
    "fork": lambda p: StreamFork(shape=_beat(p, "par"), n=p["n"]),
    "queue": lambda p: StreamQueue(shape=_beat(p, "par"), depth=p["depth"], kind=p["memory"]),
    "shell": lambda p: Shell(
        in_beat=_beat(p, "in_par"),
        channels=p["channels"],
        par=p["in_par"],
        n_pixels=p["n_pixels"],
        out_beat=_beat(p, "out_par"),
        verdict_depth=p["verdict_depth"],
        kind=p["memory"],
    ),
}
"""What is no stage, by kind."""


def component_of(parameters: Parameters, family: str) -> wiring.Component:
    """What parameters describe, a stage or a part, ready to be built."""
    kind = parameters["kind"]
    if kind in PARTS:
        return PARTS[kind](parameters)
    return stage_of(parameters, family).component()


def _queue_parts(depth: int, width: int, kind: MemoryKind, family: str) -> list[Part]:
    shape = StreamQueue.memory(width=width, depth=depth)
    return [("stream_queue", (shape.depth,), 1), ("memory", (shape, kind, family), 1)]


def _parts_of_part(parameters: Parameters, family: str) -> list[Part]:
    """Components of what is no stage."""
    p = parameters
    width, _, _ = p["format"]
    match p["kind"]:
        case "adapter":
            arguments = (width, p["channels"], p["before"], p["after"], True)
            return [("width_adapter", arguments, 1)]
        case "buffer":
            return [("stream_buffer", (p["par"] * width + 1,), 1)]
        case "fork":
            return [("stream_fork", (p["n"],), 1)]
        case "queue":
            return _queue_parts(p["depth"], p["par"] * width + 1, p["memory"], family)
        case _:
            arguments = p["in_par"], width, p["channels"], p["n_pixels"], p["out_par"] * width + 1
            verdicts = _queue_parts(p["verdict_depth"], 1, p["memory"], family)
            return [("shell", arguments, 1), *verdicts]


def features_of_specimen(parameters: Parameters, family: str) -> Features:
    """Features of what parameters describe."""
    if parameters["kind"] in PARTS:
        parts = _parts_of_part(parameters, family)
    else:
        parts = parts_of(stage_of(parameters, family), family, exact=True)
    return pile((features_of(name, arguments), times) for name, arguments, times in parts)
