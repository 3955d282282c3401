"""AMD Kria KV260 vision kit."""

from boards.xck26 import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "kv260",
    title="AMD Kria KV260 vision kit",
    part="XCK26-SFVC784-2LV-C",
)
