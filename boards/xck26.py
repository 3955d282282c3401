"""AMD Kria K26 system-on-module, XCK26."""

from boards.board import Board, Resources

BOARD = Board(
    name="xck26",
    title="AMD Kria K26 system-on-module, XCK26",
    part="XCK26",
    family="xcup",
    resources=Resources(
        lut=117_120,
        ff=234_240,
        dsp=1248,
        bram=144,
        bram_bits=36_864,
        big_ram=64,
        big_ram_bits=294_912,
    ),
    source="AMD DS987, Kria K26 SOM: programmable logic",
)
