"""Pins of the Sipeed Tang Nano 20K."""

from typing import ClassVar

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import GowinPlatform
from amaranth_boards.resources import ButtonResources, LEDResources, UARTResource

__all__ = ["TangNano20kPlatform"]

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")


class TangNano20kPlatform(GowinPlatform):
    """As the board's schematic has it (Sipeed Tang Nano 20K 3921): clock, lamps, keys, serial line.

    The serial line goes to the board's USB interface.
    """

    part = "GW2AR-LV18QN88C8/I7"
    family = "GW2AR-18C"
    default_clk = "clk27"
    resources: ClassVar[list] = [
        Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), LVCMOS33),
        *LEDResources(pins="15 16 17 18 19 20", invert=True, attrs=LVCMOS33),
        *ButtonResources(pins="88 87", attrs=LVCMOS33),
        UARTResource(0, rx="70", tx="69", attrs=Attrs(PULL_MODE="UP", IO_TYPE="LVCMOS33")),
    ]
    connectors: ClassVar[list] = []

    def toolchain_prepare(self, fragment, name, **kwargs):
        """Pins 15 to 20 and others configure the device first; then they are free."""
        return super().toolchain_prepare(
            fragment, name, gowin_pack_opts="--sspi_as_gpio --mspi_as_gpio", **kwargs
        )
