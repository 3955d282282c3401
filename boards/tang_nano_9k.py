"""Sipeed Tang Nano 9K."""

from boards.gw1nr_9 import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "tang_nano_9k",
    title="Sipeed Tang Nano 9K",
    part="GW1NR-LV9QN88PC6/I5",
    clock_mhz=27.0,
    platform="amaranth_boards.tang_nano_9k:TangNano9kPlatform",
)
