"""Radiona ULX3S with 45F."""

from boards.lfe5u_45f import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "ulx3s_45f",
    title="Radiona ULX3S with 45F",
    part="LFE5U-45F-6BG381C",
    clock_mhz=25.0,
    platform="amaranth_boards.ulx3s:ULX3S_45F_Platform",
)
