"""AMD Zynq-7000 XC7Z020."""

from boards.board import Board, Resources

BOARD = Board(
    name="xc7z020",
    title="AMD Zynq-7000 XC7Z020",
    part="XC7Z020",
    family="xc7",
    resources=Resources(
        lut=53_200,
        ff=106_400,
        dsp=220,
        bram=140,
        bram_bits=36_864,
    ),
    source="AMD DS190, Zynq-7000 SoC family",
)
