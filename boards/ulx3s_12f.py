"""Radiona ULX3S with 12F."""

from boards.lfe5u_12f import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "ulx3s_12f",
    title="Radiona ULX3S with 12F",
    part="LFE5U-12F-6BG381C",
    clock_mhz=25.0,
    platform="amaranth_boards.ulx3s:ULX3S_12F_Platform",
)
