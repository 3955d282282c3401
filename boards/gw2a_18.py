"""Gowin GW2A-18."""

from boards.board import Board, Resources

BOARD = Board(
    name="gw2a_18",
    title="Gowin GW2A-18",
    part="GW2A-18",
    family="gowin",
    resources=Resources(
        lut=20_736,
        ff=15_552,
        dsp=48,
        bram=46,
        bram_bits=18_432,
    ),
    source="Gowin DS102, GW2A series",
)
