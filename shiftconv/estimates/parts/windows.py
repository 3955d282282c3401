"""Rows, columns and windows."""

from functools import lru_cache

from quant.geometry import Geometry
from shiftconv.estimates.features import Features, bits, pile, select_luts
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.read_order import SlidingSteps
from shiftconv.gateware.row_schedule import RowSchedule

__all__ = ["bare_padding", "line_buffer", "window_slider", "window_store"]


def line_buffer(
    geometry: Geometry, channels: int, act_width: int, in_par: int, columns: bool, marked: bool
) -> Features:
    """Of :class:`shiftconv.gateware.line_buffer.LineBuffer` but its memories and its walk.

    It reads whole ``columns`` or pixels; ``marked`` if somebody looks at the mark on a window's
    first word.
    """
    word = in_par * act_width
    rows_par = geometry.kernel[0] if columns else 1
    row_beats = geometry.width * n_beats(channels, in_par)
    n_rows = RowSchedule(geometry, row_beats, multiple=rows_par).n_rows
    address = bits(n_rows // rows_par * row_beats)
    level, place, column, bank = bits(n_rows + 1), bits(n_rows), bits(row_beats), bits(rows_par)
    masks = rows_par if any(geometry.padding) else 1
    return {
        "line_buffers": 1,
        "ff": level
        + 2 * (bank + address + place)
        + column
        + masks
        + 4
        + 2 * marked
        + rows_par * word,
        "counter": level + column + place,
        "counters": 3,
        "address": address,
        "bank_address": address * rows_par,
        "rows": n_rows,
        "row_bits": n_rows * place,
        "row_address": select_luts(n_rows, 4) * address,
        "unusual": _unusual_rows(geometry),
        "rotate6": rows_par * word * select_luts(rows_par, 6),
        "rotate4": rows_par * word * select_luts(rows_par, 4),
        "pad": rows_par * word,
        "carry": address * (1 + rows_par) + level,
    }


def bare_padding(n_bits: int) -> Features:
    """Zeros before multiplier blocks, whose own registers take no mask."""
    return {"bare_pad": n_bits}


@lru_cache(maxsize=4096)
def _unusual_rows(geometry: Geometry) -> int:
    """Rows of windows that are not like most."""
    schedule = RowSchedule(geometry, 1)
    usual = schedule.usual
    return sum(step != usual for step in schedule.steps)


def window_slider(geometry: Geometry, n_words: int, word: int) -> Features:
    """Of :class:`shiftconv.gateware.window_slider.WindowSlider` but its memory."""
    steps = SlidingSteps(geometry)
    k_h, k_w = geometry.kernel
    column = k_h * word
    counters = [
        bits(steps.n_columns),
        bits(max(steps.n_preload, geometry.stride[1] - 1) + 1),
        bits(steps.n_pending + 1),
        bits(n_words),
    ]
    control = {
        "sliders": 1,
        "ff": sum(counters) + counters[-1] + k_w + 5,
        "counter": sum(counters),
        "counters": sum(n > 0 for n in counters),
        "masks": k_w * (k_w + steps.n_pending),
        "carry": sum(n for n in counters if n > 3),
    }
    older = (k_w - 1) * column if n_words == 1 else 0
    data = {"ff": column + k_w * column + older, "window": k_w * column}
    return pile([(control, 1), (data, 1)])


def window_store(
    n_pixels: int, channels: int, act_width: int, in_par: int, repeat: int, alive: float = 1.0
) -> Features:
    """Of :class:`shiftconv.gateware.window_store.WindowStore`, of whose values a share matters."""
    n_words = n_pixels * n_beats(channels, in_par)
    window = n_pixels * channels * act_width * alive
    control = {
        "stores": 1,
        "ff": bits(n_words) + bits(repeat) + 2,
        "counter": bits(n_words) + bits(repeat),
        "counters": (n_words > 1) + (repeat > 1),
        "words": n_words if n_words > 1 else 0,
        "carry": sum(n for n in (bits(n_words), bits(repeat)) if n > 3),
    }
    return pile([(control, 1), ({"ff": 2 * window, "stored": window}, 1)])
