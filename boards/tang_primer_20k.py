"""Sipeed Tang Primer 20K."""

from boards.gw2a_18 import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "tang_primer_20k",
    title="Sipeed Tang Primer 20K",
    part="GW2A-LV18PG256C8/I7",
    clock_mhz=27.0,
    platform="amaranth_boards.tang_primer_20k:TangPrimer20kPlatform",
)
