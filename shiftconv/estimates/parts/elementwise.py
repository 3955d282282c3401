"""What gives a beat for a beat, and what stands between stages."""

from shiftconv.estimates.features import Features, bits, pile, select_luts
from shiftconv.estimates.parts.control import frame_marker, window_walk
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.upsample import Upsample

__all__ = ["repeats", "shell", "stream_buffer", "stream_fork", "stream_queue", "summands", "turns"]


def summands(width: int, n: int, lift: int, signed: bool) -> Features:
    """One channel's sum of ``n`` inputs, one moved up by ``lift`` bits; ``signed`` if any is."""
    # Below the one that is moved up are the others' bits, above what has no sign a zero.
    adder = (n - 1) * (width - lift - (not signed))
    return {"adder": adder, "adders": n - 1, "carry": adder}


def turns(width: int, n: int, par: int, beats: int) -> Features:
    """The choice of an input in :class:`shiftconv.gateware.concat.Concat`."""
    counter = bits(n) + bits(beats)
    return {
        "ff": counter,
        "counter": counter,
        "counters": 2,
        "choice6": par * width * select_luts(n, 6),
        "choice4": par * width * select_luts(n, 4),
    }


def repeats(width: int, n_in: int, factor: int) -> Features:
    """Of :class:`shiftconv.gateware.upsample.Upsample` but its rows."""
    row_beats = width * n_in
    n_rows = Upsample.n_rows(row_beats)
    address, column, level = bits(n_rows * row_beats), bits(row_beats), bits(n_rows + 1)
    order = ReadOrder(
        start=0,
        n_windows=width,
        window_step=n_in,
        n_passes=factor,
        pass_step=0,
        n_inner=n_in,
        inner_step=1,
    )
    own = {
        "ff": 2 * address + column + level + 1,
        "counter": address + column + level,
        "counters": 3,
        "address": 2 * address,
        "carry": 3 * address + column,
    }
    return pile([(window_walk(order, 1, factor), 1), (own, 1)])


def stream_buffer(width: int) -> Features:
    """Of :class:`shiftconv.gateware.stream_buffer.StreamBuffer`."""
    return {"ff": 2 * width + 2, "buffer": width, "buffers": 1}


def stream_fork(n: int) -> Features:
    """Of :class:`shiftconv.gateware.stream_fork.StreamFork`."""
    return {"ff": n, "forks": n}


def stream_queue(depth: int) -> Features:
    """Of :class:`shiftconv.gateware.stream_queue.StreamQueue` but its memory of so many words."""
    address, level = bits(depth), bits(depth + 1)
    return {
        "ff": 2 * address + level + 1,
        "counter": 2 * address + level,
        "counters": 3,
        "queues": 1,
        "carry": 2 * address + 2 * level,
    }


def shell(in_par: int, in_width: int, channels: int, n_pixels: int, out_bits: int) -> Features:
    """Guard, marker, room of one beat and gate."""
    beats = bits(n_pixels * -(-channels // in_par))
    own = {
        "ff": beats + 4,
        "counter": beats,
        "counters": 1,
        "guard": in_par * in_width,
        "shells": 1,
        "carry": beats,
    }
    return pile(
        [
            (own, 1),
            (frame_marker(in_width, channels, in_par, n_pixels), 1),
            (stream_buffer(out_bits), 1),
        ]
    )
