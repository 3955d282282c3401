"""Radiona ULX3S with 85F."""

from boards.lfe5u_85f import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "ulx3s_85f",
    title="Radiona ULX3S with 85F",
    part="LFE5U-85F-6BG381C",
    clock_mhz=25.0,
    platform="amaranth_boards.ulx3s:ULX3S_85F_Platform",
)
