"""Lattice iCE40 UltraPlus iCE40UP5K."""

from boards.board import Board, Resources

BOARD = Board(
    name="ice40up5k",
    title="Lattice iCE40 UltraPlus iCE40UP5K",
    part="iCE40UP5K",
    family="ice40",
    resources=Resources(
        lut=5280,
        ff=5280,
        dsp=8,
        bram=30,
        bram_bits=4096,
        big_ram=4,
        big_ram_bits=262_144,
    ),
    source="Lattice FPGA-DS-02008, iCE40 UltraPlus family",
)
