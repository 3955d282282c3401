"""AMD Artix-7 XC7A100T."""

from boards.board import Board, Resources

BOARD = Board(
    name="xc7a100t",
    title="AMD Artix-7 XC7A100T",
    part="XC7A100T",
    family="xc7",
    resources=Resources(
        lut=63_400,
        ff=126_800,
        dsp=240,
        bram=135,
        bram_bits=36_864,
    ),
    source="AMD DS180, 7 series FPGAs: Artix-7",
)
