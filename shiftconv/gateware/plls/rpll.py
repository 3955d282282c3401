"""PLL of Gowin GW1N and GW2A."""

from collections.abc import Iterator
from typing import ClassVar

from amaranth.hdl import Const, Instance, Module
from amaranth.lib import io

from shiftconv.gateware.plls import MEGA, Limits, Pll

__all__ = ["Rpll"]

OUTPUT_DIVIDERS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
GW1N = Limits(reference=(3, 400), phase=(3, 400), oscillator=(400, 900), output=(3.125, 450))
GW2A = Limits(reference=(3, 500), phase=(3, 500), oscillator=(500, 1250), output=(3.90625, 625))


class Rpll(Pll):
    """rPLL. Limits: Gowin DS117 (GW1NR) and DS226 (GW2AR); dividers: UG286.

    The oscillator's multiplier holds the output's divider: ``fbdiv * odiv``.
    """

    kind: ClassVar[str] = "gowin"

    @classmethod
    def limits(cls, part: str) -> Limits:
        return GW2A if part.startswith("GW2A") else GW1N

    @classmethod
    def dividers(cls) -> Iterator[tuple[int, int, int]]:
        for divide in range(1, 65):
            for feedback in range(1, 65):
                for split in OUTPUT_DIVIDERS:
                    yield divide, feedback * split, split

    def elaborate(self, platform):
        m = Module()
        setting = self.setting
        m.submodules.buffer = buffer = io.Buffer("i", self.pin)
        m.submodules.pll = Instance(
            "rPLL",
            p_DEVICE=platform.family,
            p_FCLKIN=f"{setting.in_hz / MEGA:g}",
            p_IDIV_SEL=setting.divide - 1,
            p_FBDIV_SEL=setting.multiply // setting.split - 1,
            p_ODIV_SEL=setting.split,
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_DYN_SDIV_SEL=2,
            p_DYN_DA_EN="false",
            p_PSDA_SEL="0000",
            p_DUTYDA_SEL="1000",
            p_CLKFB_SEL="internal",
            p_CLKOUT_BYPASS="false",
            p_CLKOUTP_BYPASS="false",
            p_CLKOUTD_BYPASS="false",
            i_CLKIN=buffer.i,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=self.clk,
            o_LOCK=self.locked,
        )
        return m
