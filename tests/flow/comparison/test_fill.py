"""Products per cycle in a device, counted by hand."""

from dataclasses import replace

from boards import find_board
from shiftconv.flow.comparison.fill import fill_device

BOARD = find_board("zcu102")
ROOM = replace(BOARD.resources, lut=1000, ff=10_000, dsp=20)


def row(lane, weight_bits, *, lanes, lut, dsp=0, ff=10, exponent_width=None):
    return {
        "lane": lane, "exponent_width": exponent_width, "weight_bits": weight_bits,
        "act_width": 8, "lanes": lanes, "lut": lut, "ff": ff, "dsp": dsp,
    }  # fmt: skip


ROWS = [
    row("svpe", 3, lanes=4, lut=60, exponent_width=2),
    row("vpe", 8, lanes=4, lut=2, dsp=4),
    row("vpe_packed", 8, lanes=8, lut=30, dsp=4),
    row("lut_multiplier", 8, lanes=4, lut=200),
]


def fill(rows, **change):
    board = replace(BOARD, resources=replace(ROOM, **change))
    return {f["lane"]: f for f in fill_device(board, rows, bound=0.5)}


def test_shifts_fill_the_luts_and_multipliers_both():
    found = fill(ROWS)
    # 500 LUTs and 10 DSPs: 8 elements of shifts; 2 pairs in 8 DSPs, then 2 of the 440 LUTs left.
    assert found["svpe"]["macs_per_cycle"] == 8 * 4
    assert found["svpe"]["limited_by"] == "lut"
    assert (found["vpe"]["macs_per_cycle"], found["vpe"]["limited_by"]) == (2 * 8, "dsp")
    both = found["vpe_and_lut_multiplier"]
    assert (both["macs_per_cycle"], both["parts"]) == (2 * 8 + 2 * 4, [16, 8])
    assert (both["lut"], both["dsp"], both["limited_by"]) == (2 * 30 + 2 * 200, 8, "lut")


def test_flip_flops_count_too():
    found = fill(ROWS, ff=100)
    assert (found["svpe"]["macs_per_cycle"], found["svpe"]["limited_by"]) == (5 * 4, "ff")


def test_one_product_a_block_where_luts_are_dear():
    found = fill(ROWS, lut=80)
    # One pair would take 30 of 40 LUTs; two elements of one product a block take 4.
    assert found["vpe"]["macs_per_cycle"] == 8
    assert found["vpe"]["dsp"] in (4, 8)
