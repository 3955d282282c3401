"""Which components a stage is made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from quant.layers import Layer
from shiftconv.estimates.components import Part
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.folding import WHOLE_COLUMNS
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.quotient import signed_width
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.rom_columns import distinct_columns, is_irregular, shared_tables
from shiftconv.stages import Stage
from shiftconv.stages.conv2d import Conv2dStage

__all__ = ["logic_of", "parts_of"]

FEW_FOLDS = 12
"""Of more, no lane has a weight of zero in all."""


def logic_of(stage: Stage, family: str) -> list[Part]:
    """The components of a stage but for its memories."""
    if hasattr(stage, "convolution"):
        stage = stage.convolution
    return [("stage", (stage.kind,), 1.0), *_KINDS[stage.kind](stage, family)]


def parts_of(stage: Stage, family: str, *, exact: bool = False) -> list[Part]:
    """The components of a stage, its memories among them.

    If it is to be ``exact``, memories lack the bits that are the same in all words, which takes a
    while to find out.
    """
    parts = logic_of(stage, family)
    if hasattr(stage, "convolution"):
        stage = stage.convolution
    memories = stage.memories
    kinds = stage.kinds or [default_kind(shape, family) for shape in memories]
    whole = {shape.name: (shape, kind) for shape, kind in zip(memories, kinds, strict=True)}
    shared = {name for name, (shape, kind) in whole.items() if shape.fixed and kind == "lut"}
    shared &= {shape.name for shape, _ in stage.repetitive}
    for left in stage.kept_memories if exact else memories:
        shape, kind = whole[left.name]
        if shape.name == "scales" and kind == "lut":
            left = _scales(stage, shape)
        if left.width and shape.name not in shared:
            parts.append(("memory", (left, kind, family), 1.0))
    return [*parts, *_repetitive(stage, shared, family)]


def _repetitive(stage: Stage, names: set[str], family: str) -> Iterator[Part]:
    """Memories whose contents repeat themselves, as tables."""
    for shape, words in stage.repetitive:
        if shape.name in names:
            columns, _ = distinct_columns(words, shape.width)
            left = replace(shape, count=1, width=len(columns))
            found = None if is_irregular(words, family) else _shared(tuple(words), family)
            yield "memory", (left, "lut", family, found), 1.0


@lru_cache(maxsize=256)
def _shared(words: tuple[int, ...], family: str) -> tuple[int, int]:
    return shared_tables(words, family)


@lru_cache(maxsize=4096)
def _zeros(layer: Layer) -> float:
    """Share of weights that are zero."""
    weighted: Any = layer
    return 1 - np.count_nonzero(weighted.levels) / weighted.levels.size


@lru_cache(maxsize=4096)
def _alive(layer: Layer) -> float:
    """Share of a window's values that have a weight other than zero for some output."""
    weighted: Any = getattr(layer, "dense", layer)
    return float(np.mean(np.any(weighted.levels, axis=-1)))


@lru_cache(maxsize=4096)
def _scale_bits(layer: Layer) -> tuple[int, int]:
    """Bits of the largest bias, its sign included, and the mean shift."""
    weighted: Any = layer
    reach = max(int(weighted.bias.max()), ~int(weighted.bias.min()), 0)
    return reach.bit_length() + 1, round(float(np.mean(weighted.shift)))


def _scales(stage: Any, shape: MemoryShape) -> MemoryShape:
    """The bits of a bias above its sign are the sign again."""
    p = stage.parameters
    bias, _ = _scale_bits(stage.layer)
    par = shape.width // (p.acc_width + p.shift_width)
    return MemoryShape(
        depth=shape.depth,
        width=par * (min(bias, p.acc_width) + p.shift_width),
        fixed=True,
        name="scales",
    )


def _windows(stage: Any, order: ReadOrder, mode: str, channels: int) -> Iterator[Part]:
    layer, in_par = stage.layer, stage.in_par
    geometry, width = layer.geometry, layer.in_format.width
    columns = mode in WHOLE_COLUMNS
    kernel_rows = 1 if columns else geometry.kernel[0]
    yield "window_walk", (order, kernel_rows, geometry.out_height), 1
    marked = stage.kind == "max_pool"
    yield "line_buffer", (geometry, channels, width, in_par, columns, marked), 1
    if getattr(stage, "structure", None) == "dsp_cascade":
        rows = geometry.kernel[0] if columns else 1
        yield "bare_padding", (rows * in_par * width,), 1
    n_in = n_beats(channels, in_par)
    if mode == "sliding":
        yield "window_slider", (geometry, n_in, in_par * width), 1
    fill = stage.kind == "max_pool" and layer.in_format.lo != 0
    if fill and any(geometry.padding):
        yield "fill", (stage.folding.values(geometry) * in_par,), 1


def _output(stage: Any, sums: int) -> Iterator[Part]:
    """Of :class:`ChannelOutput`."""
    p, layer, par = stage.parameters, stage.layer, stage.out_par
    depth = n_beats(p.c_out, par)
    geometry = p.geometry
    yield "width_adapter", (p.acc_width, p.c_out, sums, par, False), 1
    yield "cyclic_memory", (depth,), 1
    shifts = p.shift_min, p.shift_max
    if depth == 1:
        # Each channel's scale is a constant.
        _, mean = _scale_bits(layer)
        shifts = mean, mean
    yield "bias", (p.acc_width, (shifts[1] - shifts[0]).bit_length(), depth == 1), par
    yield "requantize", (p.acc_width, p.out_format, *shifts), par
    pixels = geometry.out_height * geometry.out_width
    yield "frame_marker", (p.out_format.width, p.c_out, par, pixels), 1


def _conv2d(stage: Conv2dStage, family: str) -> Iterator[Part]:
    p, folding = stage.parameters, stage.folding
    n_in = n_beats(p.c_in, folding.in_par)
    repeat = folding.out_folds(p.c_out)
    mode = folding.mode
    if mode == "sliding":
        order = ReadOrder.scan(p.geometry, n_in)
    else:
        order = ReadOrder.convolution(p.geometry, n_in, 1 if mode == "whole" else repeat)
    yield from _windows(stage, order, mode, p.c_in)
    k_h, k_w = p.geometry.kernel
    if mode == "whole":
        # What only weights of zero are for is not kept.
        alive = _alive(stage.layer) if stage.hard_wired else 1.0
        size = k_h * k_w, p.c_in, p.in_format.width
        yield "window_store", (*size, folding.in_par, repeat, alive), 1
    lanes = folding.lanes(p.geometry, p.c_in)
    if stage.hard_wired:
        yield "constant_array", (getattr(stage.layer, "dense", stage.layer), family), 1
    else:
        folds = folding.weight_folds(p.geometry, p.c_in, p.c_out)
        window_folds = folding.window_folds(p.geometry, p.c_in)
        yield "cyclic_memory", (folds,), 1
        yield _element(stage, lanes, folds, window_folds == 1, family, folding.out_par)
    yield from _output(stage, folding.out_par)


def _element(stage: Any, lanes: int, folds: int, whole: bool, family: str, times: int) -> Part:
    p = stage.parameters
    zeros = _zeros(getattr(stage.layer, "dense", stage.layer))
    alive = 1 - zeros**folds if folds < FEW_FOLDS else 1.0
    act = act_shape(p.in_format)
    arguments = (
        stage.structure,
        p.codebook,
        act,
        lanes,
        p.acc_width,
        round(alive, 2),
        whole,
        family,
    )
    return "processing_element", arguments, times


def _channelwise(stage: Any) -> Iterator[Part]:
    layer, folding = stage.layer, stage.folding
    channels = layer.in_shape[2]
    n_in = n_beats(channels, folding.in_par)
    make = ReadOrder.scan if folding.mode == "sliding" else ReadOrder.pooling
    return _windows(stage, make(layer.geometry, n_in), folding.mode, channels)


def _marker(stage: Any, n_pixels: int | None = None) -> Part:
    height, width, channels = stage.layer.out_shape
    fmt = stage.layer.out_format
    pixels = height * width if n_pixels is None else n_pixels
    return "frame_marker", (fmt.width, channels, stage.out_par, pixels), 1


def _depthwise(stage: Any, family: str) -> Iterator[Part]:
    p, folding = stage.parameters, stage.folding
    yield from _channelwise(stage)
    values = folding.values(p.geometry)
    window_folds = folding.window_folds(p.geometry)
    folds = n_beats(p.c_in, stage.in_par) * window_folds
    yield "cyclic_memory", (folds,), 1
    yield _element(stage, values, folds, window_folds == 1, family, stage.in_par)
    yield from _output(stage, stage.in_par)


def _max_pool(stage: Any, family: str) -> Iterator[Part]:
    yield from _channelwise(stage)
    values = stage.folding.values(stage.layer.geometry)
    folds = stage.folding.window_folds(stage.layer.geometry)
    yield "maximum", (stage.layer.in_format.width, values, folds), stage.in_par
    yield _marker(stage)


def _average_pool(stage: Any, family: str) -> Iterator[Part]:
    layer, folding = stage.layer, stage.folding
    geometry, fmt = layer.geometry, layer.in_format
    yield from _channelwise(stage)
    values, folds = folding.values(geometry), folding.window_folds(geometry)
    k_h, k_w = geometry.kernel
    bounds = k_h * k_w * fmt.lo, k_h * k_w * fmt.hi
    yield (
        "channel_sum",
        (act_shape(fmt), values, folds, signed_width(*bounds), family),
        stage.in_par,
    )
    divisors = tuple(np.unique(layer.counts).tolist())
    yield "quotient", (*bounds, divisors, fmt.width), stage.in_par
    if len(divisors) > 1:
        yield "cyclic_memory", (layer.counts.size * n_beats(layer.in_shape[2], stage.in_par),), 1
    yield _marker(stage)


def _global_average_pool(stage: Any, family: str) -> Iterator[Part]:
    layer, par = stage.layer, stage.in_par
    fmt = layer.in_format
    height, width, channels = layer.in_shape
    bounds = height * width * fmt.lo, height * width * fmt.hi
    yield "image_sum", (fmt.width, signed_width(*bounds), par, channels, height * width), 1
    yield "quotient", (*bounds, (height * width,), fmt.width), par
    yield _marker(stage, 1)


def _add(stage: Any, family: str) -> Iterator[Part]:
    layer = stage.layer
    formats = [fmt for _, fmt in layer.inputs]
    lifts = [layer.frac - fmt.frac for fmt in formats]
    lo = sum(fmt.lo << lift for fmt, lift in zip(formats, lifts, strict=True))
    hi = sum(fmt.hi << lift for fmt, lift in zip(formats, lifts, strict=True))
    width = signed_width(lo, hi)
    signed = any(fmt.signed for fmt in formats)
    yield "summands", (width, len(formats), max(lifts), signed), stage.in_par
    yield "requantize", (width, layer.out_format, layer.shift, layer.shift), stage.in_par
    yield _marker(stage)


def _concat(stage: Any, family: str) -> Iterator[Part]:
    layer, par = stage.layer, stage.in_par
    formats = [fmt for _, fmt in layer.inputs]
    width = max(fmt.width + (not fmt.signed) for fmt in formats)
    beats = max(shape[2] for shape, _ in layer.inputs) // par
    yield "turns", (max(fmt.width for fmt in formats), len(formats), par, beats), 1
    if any(fmt != layer.out_format for fmt in formats):
        shifts = min(layer.shifts), max(layer.shifts)
        yield "requantize", (width, layer.out_format, *shifts), par
    yield _marker(stage)


def _slice(stage: Any, family: str) -> Iterator[Part]:
    yield "kept_groups", (n_beats(stage.layer.in_shape[2], stage.in_par),), 1
    yield _marker(stage)


def _look_up(stage: Any, family: str) -> Iterator[Part]:
    layer = stage.layer
    groups = n_beats(layer.in_shape[2], stage.in_par) if layer.table.ndim == 2 else 1
    yield "kept_groups", (groups,), 1
    yield _marker(stage)


def _upsample(stage: Any, family: str) -> Iterator[Part]:
    _, width, channels = stage.layer.in_shape
    n_in = n_beats(channels, stage.in_par)
    yield "repeats", (width, n_in, stage.layer.factor), 1
    yield _marker(stage)


_KINDS: Mapping[str, Callable[[Any, str], Iterator[Part]]] = {
    "conv2d": _conv2d,
    "depthwise_conv2d": _depthwise,
    "max_pool": _max_pool,
    "average_pool": _average_pool,
    "global_average_pool": _global_average_pool,
    "add": _add,
    "concat": _concat,
    "channel_slice": _slice,
    "look_up": _look_up,
    "upsample": _upsample,
}
