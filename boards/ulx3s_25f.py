"""Radiona ULX3S with 25F."""

from boards.lfe5u_25f import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "ulx3s_25f",
    title="Radiona ULX3S with 25F",
    part="LFE5U-25F-6BG381C",
    clock_mhz=25.0,
    platform="amaranth_boards.ulx3s:ULX3S_25F_Platform",
)
