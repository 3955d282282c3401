"""Lattice ECP5 LFE5U-12F."""

from boards.board import Board, Resources

BOARD = Board(
    name="lfe5u_12f",
    title="Lattice ECP5 LFE5U-12F",
    part="LFE5U-12F",
    family="ecp5",
    resources=Resources(
        lut=24_288,
        ff=24_288,
        dsp=28,
        bram=56,
        bram_bits=18_432,
    ),
    source=(
        "Lattice FPGA-DS-02012, ECP5 family, promises half of these; the die is the 25F's, and "
        "Project Trellis uses all of it"
    ),
)
