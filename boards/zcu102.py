"""AMD ZCU102 evaluation kit."""

from boards.xczu9eg import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "zcu102",
    title="AMD ZCU102 evaluation kit",
    part="XCZU9EG-2FFVB1156E",
    clock_mhz=125.0,
)
