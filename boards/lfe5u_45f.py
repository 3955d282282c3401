"""Lattice ECP5 LFE5U-45F."""

from boards.board import Board, Resources

BOARD = Board(
    name="lfe5u_45f",
    title="Lattice ECP5 LFE5U-45F",
    part="LFE5U-45F",
    family="ecp5",
    resources=Resources(
        lut=43_848,
        ff=43_848,
        dsp=72,
        bram=108,
        bram_bits=18_432,
    ),
    source="Lattice FPGA-DS-02012, ECP5 family; LUTs as Project Trellis counts them",
)
