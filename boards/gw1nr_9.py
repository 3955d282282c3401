"""Gowin GW1NR-9."""

from boards.board import Board, Resources

BOARD = Board(
    name="gw1nr_9",
    title="Gowin GW1NR-9",
    part="GW1NR-9",
    family="gowin",
    resources=Resources(
        lut=8640,
        ff=6480,
        dsp=20,
        bram=26,
        bram_bits=18_432,
    ),
    source="Gowin DS117, GW1NR series",
)
