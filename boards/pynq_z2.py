"""TUL PYNQ-Z2."""

from boards.xc7z020 import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "pynq_z2",
    title="TUL PYNQ-Z2",
    part="XC7Z020-1CLG400C",
    clock_mhz=125.0,
)
