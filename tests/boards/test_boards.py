"""Every board of the folder, held to one contract."""

import importlib

import pytest

from boards import BOARDS, FAMILIES, Board, Resources, find_board

ASKED = [
    "zcu102",
    "kv260",
    "pynq_z2",
    "arty_a7_100",
    "ulx3s_85f",
    "icebreaker",
    "tang_nano_20k",
    "tang_nano_9k",
]
PLATFORMS = [board for board in BOARDS.values() if board.platform]


@pytest.fixture(params=BOARDS.values(), ids=BOARDS)
def board(request) -> Board:
    return request.param


def test_contract(board):
    assert board.family in FAMILIES
    assert board.title
    assert board.source
    resources = board.resources
    assert min(resources.lut, resources.ff, resources.dsp, resources.bram) > 0
    assert resources.bram_bits in (4096, 18_432, 36_864)
    assert (resources.big_ram > 0) == (resources.big_ram_bits > 0)


def test_a_board_is_found_by_its_name(board):
    assert find_board(board.name) is board
    assert find_board(board.name.upper().replace("_", "-")) is board


def test_the_boards_that_users_were_promised():
    assert set(ASKED) <= set(BOARDS)
    assert {board.family for board in BOARDS.values()} == set(FAMILIES)


@pytest.mark.parametrize("board", PLATFORMS, ids=lambda board: board.name)
def test_agrees_with_amaranth_boards(board):
    module, name = board.platform.split(":")
    platform = getattr(importlib.import_module(module), name)()
    # Xilinx marks the industrial grade in the device's name: xc7a100ti is the die xc7a100t.
    device = (getattr(platform, "device", None) or platform.part).lower().removesuffix("i")
    assert board.part.lower().startswith(device)
    assert board.clock_mhz == platform.default_clk_frequency / 1e6


def test_unknown_board_names_the_closest():
    with pytest.raises(ValueError, match=r"no board 'zcu104'\. Did you mean zcu102\? Known are .*"):
        find_board("zcu104")


def test_wrong_rows_are_refused():
    with pytest.raises(ValueError, match="Resource lut must not be negative, but is -1"):
        Resources(lut=-1, ff=0, dsp=0, bram=0, bram_bits=0)
    zcu102 = find_board("zcu102")
    with pytest.raises(ValueError, match=r"Family must be one of xcup, .*, not 'xcvu'"):
        Board("x", "x", "x", "xcvu", zcu102.resources, "x")
