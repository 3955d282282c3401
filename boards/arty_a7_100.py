"""Digilent Arty A7-100T."""

from boards.xc7a100t import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "arty_a7_100",
    title="Digilent Arty A7-100T",
    part="XC7A100TCSG324-1",
    clock_mhz=100.0,
    platform="amaranth_boards.arty_a7:ArtyA7_100Platform",
)
