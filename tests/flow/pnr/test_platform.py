"""Every board that can be routed for: pins, clock, calls."""

import pytest

from boards import BOARDS, find_board
from shiftconv.flow.pnr.board_top import BoardClock, BoardTop, plan_clock
from shiftconv.flow.pnr.platform import prepare
from shiftconv.flow.pnr.toolchains import TOOLCHAINS

ROUTABLE = [b for b in BOARDS.values() if b.platform and b.family in TOOLCHAINS]
# Variants of a board that differ in the device alone.
SAME = {"ulx3s_12f", "ulx3s_25f", "ulx3s_45f"}
PRIMITIVES = {"ecp5": "EHXPLLL", "ice40": "SB_PLL40_PAD", "gowin": "rPLL"}
CONSTRAINTS = {"ecp5": "top.lpf", "ice40": "top.pcf", "gowin": "top.cst"}


def prepared(board, clock_mhz):
    clock = plan_clock(board, clock_mhz)
    return prepare(board, BoardTop(name="board", family=board.family, clock=clock))


def test_the_boards_that_users_were_promised():
    promised = {"ulx3s_12f", "ulx3s_25f", "ulx3s_45f", "ulx3s_85f", "icebreaker"}
    assert promised | {"tang_nano_9k", "tang_nano_20k"} <= {board.name for board in ROUTABLE}


@pytest.mark.parametrize(
    "board", [b for b in ROUTABLE if b.name not in SAME], ids=lambda board: board.name
)
def test_pins_and_calls(board):
    own, faster = prepared(board, None), prepared(board, 48)
    pins = own.files[CONSTRAINTS[board.family]]
    assert all(name in pins for name in ("uart_0__rx__io", "uart_0__tx__io", "clk"))
    assert "cell \\board \\board" in own.files["top.il"]
    primitive = f"cell \\{PRIMITIVES[board.family]} "
    assert primitive not in own.files["top.il"]
    assert faster.files["top.il"].count(primitive) == 1
    assert any(word.endswith(".json") for word in own.nextpnr)
    assert own.bitstream in own.pack


def test_pins_of_the_tang_nano_20k():
    pins = prepared(find_board("tang_nano_20k"), None).files["top.cst"]
    for port, pin in {"clk27_0": 4, "uart_0__rx": 70, "uart_0__tx": 69, "led_0": 15}.items():
        assert f'IO_LOC "{port}__io" {pin};' in pins


def test_the_clock_of_a_board():
    board = find_board("ulx3s_85f")
    assert plan_clock(board, None) == plan_clock(board, 25.0) == BoardClock(25e6, None)
    faster = plan_clock(board, 65)
    assert faster.hz == faster.setting.out_hz == 65e6
