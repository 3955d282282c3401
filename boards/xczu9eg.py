"""AMD Zynq UltraScale+ XCZU9EG."""

from boards.board import Board, Resources

BOARD = Board(
    name="xczu9eg",
    title="AMD Zynq UltraScale+ XCZU9EG",
    part="XCZU9EG",
    family="xcup",
    resources=Resources(
        lut=274_080,
        ff=548_160,
        dsp=2520,
        bram=912,
        bram_bits=36_864,
    ),
    source="AMD DS891, Zynq UltraScale+ MPSoC: EG devices",
)
