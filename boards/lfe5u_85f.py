"""Lattice ECP5 LFE5U-85F."""

from boards.board import Board, Resources

BOARD = Board(
    name="lfe5u_85f",
    title="Lattice ECP5 LFE5U-85F",
    part="LFE5U-85F",
    family="ecp5",
    resources=Resources(
        lut=83_640,
        ff=83_640,
        dsp=156,
        bram=208,
        bram_bits=18_432,
    ),
    source="Lattice FPGA-DS-02012, ECP5 family; LUTs as Project Trellis counts them",
)
