"""Lattice CrossLink-NX LIFCL-40."""

from boards.board import Board, Resources

BOARD = Board(
    name="lifcl_40",
    title="Lattice CrossLink-NX LIFCL-40",
    part="LIFCL-40",
    family="nexus",
    resources=Resources(
        lut=32_256,
        ff=32_256,
        dsp=56,
        bram=84,
        bram_bits=18_432,
        big_ram=2,
        big_ram_bits=524_288,
    ),
    source="Lattice FPGA-DS-02049, CrossLink-NX family; LUTs as Project Oxide counts them",
)
