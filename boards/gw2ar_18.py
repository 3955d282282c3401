"""Gowin GW2AR-18."""

from boards.board import Board, Resources

BOARD = Board(
    name="gw2ar_18",
    title="Gowin GW2AR-18",
    part="GW2AR-18",
    family="gowin",
    resources=Resources(
        lut=20_736,
        ff=15_552,
        dsp=48,
        bram=46,
        bram_bits=18_432,
    ),
    source="Gowin DS226, GW2AR series",
)
