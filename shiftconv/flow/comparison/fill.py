"""How many products per cycle a device has room for, with shifts and with multipliers."""

from collections.abc import Sequence
from math import floor
from typing import Any

from boards import Board

__all__ = ["fill_device"]

Row = dict[str, Any]


def fill_device(board: Board, rows: Sequence[Row], *, bound: float) -> list[Row]:
    """Products per cycle if a device holds nothing but processing elements.

    Parameters
    ----------
    board : Board
    rows : sequence of dict
        What :func:`compare_dot_products` found for the device's family.
    bound : float
        Share of each resource that may be used.

    Returns
    -------
    list of dict
        For each size of activations and lanes the ``svpe`` of each exponent width, multiplier
        blocks alone (``vpe``: two products each where that saves blocks), and with multipliers in
        the LUTs that the blocks leave (``vpe_and_lut_multiplier``): ``macs_per_cycle``, its
        ``parts`` in blocks and in LUTs, ``lut``, ``ff`` and ``dsp`` used, and ``limited_by``.
    """
    room = {
        "lut": floor(board.resources.lut * bound),
        "ff": floor(board.resources.ff * bound),
        "dsp": floor(board.resources.dsp * bound),
    }
    filled: list[Row] = []
    for size in dict.fromkeys((row["act_width"], _element_lanes(row)) for row in rows):
        here = [row for row in rows if (row["act_width"], _element_lanes(row)) == size]
        blocks = [row for row in here if row["lane"] in ("vpe", "vpe_packed")]
        block_fill = max((_fill([row], room) for row in blocks), key=_macs)
        filled.append(_named(block_fill, "vpe", None, blocks[0]))
        for soft in (row for row in here if row["lane"] == "lut_multiplier"):
            both = max((_fill([row, soft], room) for row in blocks), key=_macs)
            filled.append(_named(both, "vpe_and_lut_multiplier", None, soft))
        for row in (row for row in here if row["lane"] == "svpe"):
            filled.append(_named(_fill([row], room), "svpe", row["exponent_width"], row))
    return filled


def _element_lanes(row: Row) -> int:
    return row["lanes"] // 2 if row["lane"] == "vpe_packed" else row["lanes"]


def _macs(fill: Row) -> int:
    return fill["macs_per_cycle"]


def _fill(kinds: Sequence[Row], room: dict[str, int]) -> Row:
    """As many elements of the first kind as fit, then of the second."""
    left = dict(room)
    macs, limited_by = [], ""
    for row in kinds:
        needs = {name: row[name] for name in left if row[name]}
        counts = {name: floor(left[name] / need) for name, need in needs.items()}
        limited_by = min(counts, key=lambda name: counts[name])
        count = counts[limited_by]
        left = {name: have - count * row[name] for name, have in left.items()}
        macs.append(count * row["lanes"])
    return {
        "macs_per_cycle": sum(macs),
        "parts": macs,
        **{name: room[name] - left[name] for name in room},
        "limited_by": limited_by,
    }


def _named(fill: Row, what: str, exponent_width: int | None, row: Row) -> Row:
    return {
        "lane": what,
        "exponent_width": exponent_width,
        "weight_bits": row["weight_bits"],
        "act_width": row["act_width"],
        "lanes": _element_lanes(row),
        **fill,
    }
