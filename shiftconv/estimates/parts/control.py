"""Counters, marks and what else steers a stage."""

from shiftconv.estimates.features import Features, bits
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.read_order import ReadOrder

__all__ = ["cyclic_memory_control", "frame_marker", "kept_groups", "window_walk"]


def window_walk(order: ReadOrder, n_kernel_rows: int, n_rows: int) -> Features:
    """Of :class:`shiftconv.gateware.window_walk.WindowWalk`."""
    counters = [
        bits(n) for n in (order.n_inner, n_kernel_rows, order.n_passes, order.n_windows, n_rows)
    ]
    reach = max(order.max_offset + order.window_step + order.pass_step + 1, -order.start)
    width = reach.bit_length() + 1
    # A start that never moves is a constant; passes that begin alike share one register.
    starts = int(order.n_windows > 1) + int(order.n_passes > 1 and order.pass_step > 0)
    return {
        "ff": sum(counters) + (1 + starts) * width,
        "counter": sum(counters),
        "counters": sum(n > 0 for n in counters),
        "walk": width,
        "walk_starts": starts * width,
        "carry": (1 + starts) * width + sum(n for n in counters if n > 3),
    }


def frame_marker(width: int, channels: int, par: int, n_pixels: int) -> Features:
    """Of :class:`shiftconv.gateware.frame_marker.FrameMarker`."""
    groups, pixels = bits(n_beats(channels, par)), bits(n_pixels)
    idle = -channels % par if groups else 0
    return {
        "ff": groups + pixels,
        "counter": groups + pixels,
        "counters": (groups > 0) + (pixels > 0),
        "idle": idle * width,
        "carry": sum(n for n in (groups, pixels) if n > 3),
    }


def kept_groups(n_groups: int) -> Features:
    """A counter of a pixel's beats, and a register beside it."""
    group = bits(n_groups)
    return {
        "ff": group,
        "counter": group,
        "counters": 1,
        "carry": group if group > 3 else 0,
    }


def cyclic_memory_control(depth: int) -> Features:
    """Of a :class:`shiftconv.gateware.cyclic_memory.CyclicMemory` with contents, but its memory."""
    if depth == 1:
        return {}
    address = bits(depth)
    return {
        "ff": address + 1,
        "counter": address,
        "counters": 1,
        "carry": address if address > 3 else 0,
    }
