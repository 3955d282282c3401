"""Features of components: registers that the description has, and counts by hand."""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Shape, unsigned

from quant.codebook import PowerOfTwo, apot
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.estimates.features import bits, select_luts
from shiftconv.estimates.parts import control, elementwise, memories, products, sums, windows
from shiftconv.gateware.beat import beat_layout
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.processing_element import ProcessingElement
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.requantize import Requantize
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_fork import StreamFork
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.gateware.window_store import WindowStore
from shiftconv.gateware.window_walk import WindowWalk

WIDTH, PAR, CHANNELS = 6, 3, 7
BEAT = beat_layout(unsigned(WIDTH), PAR)
GEOMETRY = Geometry(9, 8, (3, 3), (1, 1), (1, 1, 1, 1))
ORDER = ReadOrder.convolution(GEOMETRY, 3, 4)


def registers(component):
    """Bits of the registers in the description."""
    text = rtlil.convert(component, name="top", emit_src=False)
    return sum(map(int, re.findall(r"cell \$dff .*\n *parameter \\WIDTH (\d+)", text)))


@pytest.mark.parametrize(
    ("component", "features"),
    [
        (StreamBuffer(shape=BEAT), elementwise.stream_buffer(PAR * WIDTH + 1)),
        (StreamFork(shape=BEAT, n=3), elementwise.stream_fork(3)),
        (StreamQueue(shape=BEAT, depth=20), elementwise.stream_queue(19)),
        (
            FrameMarker(shape=WIDTH, channels=CHANNELS, par=PAR, n_pixels=50),
            control.frame_marker(WIDTH, CHANNELS, PAR, 50),
        ),
        (
            WindowWalk(order=ORDER, n_kernel_rows=3, n_rows=9),
            # Where passes begin alike, two registers always hold the same.
            control.window_walk(ORDER, 3, 9) | {"same": 6},
        ),
        *(
            (
                WidthAdapter(shape=WIDTH, channels=24, in_par=before, out_par=after),
                sums.width_adapter(WIDTH, 24, before, after, True),
            )
            for before, after in ((12, 3), (3, 12), (6, 4), (5, 5))
        ),
        (
            Requantize(acc_width=20, out_format=ActFormat(8, 0, True), shift_min=3, shift_max=8),
            # The sign is there twice.
            sums.requantize(20, ActFormat(8, 0, True), 3, 8) | {"same": 1},
        ),
        (
            WindowStore(n_pixels=9, channels=CHANNELS, act=WIDTH, in_par=PAR, repeat=4),
            windows.window_store(9, CHANNELS, WIDTH, PAR, 4),
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_flip_flops_are_the_descriptions_registers(component, features):
    assert registers(component) == features.get("ff", 0) + features.get("same", 0)


ACT = Shape(8, signed=False)


def element(structure, codebook, lanes, acc_width, family, **options):
    options = {"alive": 1.0, "whole": False} | options
    return products.processing_element(
        structure, codebook, ACT, lanes, acc_width, *options.values(), family
    )


def test_processing_element_of_a_tree():
    found = element("lut4_tree", PowerOfTwo(1), 3, 14, "ice40")
    # Terms of 9 bits, of which the top one is the one that goes with it; adders of 10 and 11 bits
    # and a register that waits, a one beside each; a sum; marks of a fold for three moves, whether
    # a window begins, and whether a sum is there.
    assert found["ff"] == 3 * 9 + (11 + 10) + 12 + 14 + 3 * 3 + 2
    assert found["lane"] == 3 * 8
    assert found["adder"] == 11 + 12
    assert found["accumulator"] == 14
    component = ProcessingElement(
        codebook=PowerOfTwo(1), act=ACT, lanes=3, acc_width=14, structure="lut4_tree"
    )
    assert registers(component) == found["ff"] + 3


def test_lanes_whose_weights_are_all_zero_vanish():
    whole = element("lut4_tree", PowerOfTwo(2), 8, 18, "gowin")
    assert element("lut4_tree", PowerOfTwo(2), 8, 18, "gowin", alive=0.5) == element(
        "lut4_tree", PowerOfTwo(2), 4, 18, "gowin"
    ) | {"ff": element("lut4_tree", PowerOfTwo(2), 4, 18, "gowin")["ff"] + 3}
    assert whole["lane"] == 2 * element("lut4_tree", PowerOfTwo(2), 4, 18, "gowin")["lane"]


def test_weights_of_two_terms_have_lanes_for_each():
    one, two = PowerOfTwo(2), apot(5)
    assert element("tree", two, 4, 20, "ecp5")["plain_code"] == 8
    assert element("tree", one, 4, 20, "ecp5")["plain_code"] == 4


def test_shift_registers_of_amd_alone():
    marks = {family: products.marks(6, family, whole=False) for family in ("xcup", "ecp5")}
    assert marks["ecp5"] == {"ff": 7 + 2 * 5, "elements": 1}
    assert marks["xcup"] == {"ff": 7, "elements": 1, "shift_register": 2}


@pytest.mark.parametrize(
    ("n", "inputs", "luts"),
    [(1, 4, 0), (2, 4, 1), (3, 4, 2), (4, 4, 3), (5, 4, 4), (4, 6, 1), (5, 6, 2), (16, 6, 5)],
)
def test_luts_of_a_selection(n, inputs, luts):
    assert select_luts(n, inputs) == luts


def test_bits_of_a_range():
    assert [bits(n) for n in (1, 2, 3, 4, 5)] == [0, 1, 2, 2, 3]


def test_divisors_that_are_powers_of_two_cost_no_product():
    assert sums.quotient(0, 64 * 255, (64,), 8)["product"] == 0
    assert sums.quotient(0, 9 * 255, (9,), 8)["product"] > 0


def test_additions_of_a_product():
    assert sums.constant_multiple(64, 8) == (0, 0)
    # x + 4 x + 16 x, x of four bits: places 2 to 7 have two rows.
    assert sums.constant_multiple(0b10101, 4) == (0, 6)
    # Of six bits, places 4 and 5 have three rows; what they carry makes three of places 6 and 7.
    assert sums.constant_multiple(0b10101, 6) == (4, 8)


def test_sums_are_as_wide_as_what_overlaps():
    assert elementwise.summands(9, 2, 0, False)["adder"] == 8
    assert elementwise.summands(12, 2, 2, True)["adder"] == 10
    assert elementwise.summands(12, 3, 0, True)["adders"] == 2


def test_memories_are_counts_and_contents_are_logic():
    rows = MemoryShape(depth=32, width=10)
    assert memories.memory(rows, "lut", "ecp5")["lutram"] == 2 * 3 * 6
    assert memories.memory(rows, "block", "ecp5")["bram"] == 1
    codes = MemoryShape(depth=2, width=100, fixed=True)
    # The bit of address, and what it is not; two share a table.
    assert memories.memory(codes, "lut", "xcup")["ff"] == pytest.approx(2)
    assert memories.memory(codes, "lut", "xcup")["rom"] == pytest.approx(1)
    deep = MemoryShape(depth=64, width=100, fixed=True)
    assert memories.memory(deep, "lut", "xcup")["rom"] == 100
    assert memories.memory(deep, "lut", "ecp5")["rom"] == 400
    assert memories.memory(deep, "lut", "ecp5", (3, 2))["shared"] == 3
