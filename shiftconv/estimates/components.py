"""Features of every component by its name and parameters, each worked out once."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from shiftconv.estimates.features import Features
from shiftconv.estimates.parts import (
    control,
    elementwise,
    memories,
    pools,
    products,
    sums,
    windows,
    wired,
)

__all__ = ["COMPONENTS", "Part", "features_of"]

Part = tuple[str, tuple[Any, ...], float]
"""A component's name, its parameters, and how many there are."""

COMPONENTS: Mapping[str, Callable[..., Features]] = {
    "stage": lambda kind: {f"stage.{kind}": 1},
    "line_buffer": windows.line_buffer,
    "bare_padding": windows.bare_padding,
    "window_walk": control.window_walk,
    "window_slider": windows.window_slider,
    "window_store": windows.window_store,
    "cyclic_memory": control.cyclic_memory_control,
    "frame_marker": control.frame_marker,
    "kept_groups": control.kept_groups,
    "processing_element": products.processing_element,
    "constant_array": wired.constant_array,
    "width_adapter": sums.width_adapter,
    "bias": sums.bias,
    "requantize": sums.requantize,
    "quotient": sums.quotient,
    "fill": pools.fill,
    "maximum": pools.maximum,
    "channel_sum": pools.channel_sum,
    "image_sum": pools.image_sum,
    "summands": elementwise.summands,
    "turns": elementwise.turns,
    "repeats": elementwise.repeats,
    "stream_buffer": elementwise.stream_buffer,
    "stream_fork": elementwise.stream_fork,
    "stream_queue": elementwise.stream_queue,
    "shell": elementwise.shell,
    "memory": memories.memory,
}


@lru_cache(maxsize=200_000)
def features_of(name: str, parameters: tuple[Any, ...]) -> Features:
    """Features of one component; flip-flops are told apart by the component."""
    found = dict(COMPONENTS[name](*parameters))
    if "ff" in found:
        found[f"ff.{name}"] = found.pop("ff")
    return found
