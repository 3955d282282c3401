"""1BitSquared iCEBreaker."""

from boards.ice40up5k import BOARD as DEVICE

BOARD = DEVICE.carrying(
    "icebreaker",
    title="1BitSquared iCEBreaker",
    part="iCE40UP5K-SG48",
    clock_mhz=12.0,
    platform="amaranth_boards.icebreaker:ICEBreakerPlatform",
)
