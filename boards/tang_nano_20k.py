"""Sipeed Tang Nano 20K."""

from boards.gw2ar_18 import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "tang_nano_20k",
    title="Sipeed Tang Nano 20K",
    part="GW2AR-LV18QN88C8/I7",
    clock_mhz=27.0,
    platform="boards.platforms.tang_nano_20k:TangNano20kPlatform",
)
