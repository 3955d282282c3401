"""PLL of Lattice ECP5."""

from collections.abc import Iterator
from typing import ClassVar

from amaranth.hdl import Const, Instance, Module, Signal
from amaranth.lib import io

from shiftconv.gateware.plls import MEGA, Limits, Pll

__all__ = ["Ehxplll"]

MAX_DIVIDER = 128


class Ehxplll(Pll):
    """EHXPLLL with its first output as feedback and its second as the clock.

    So the clock may be any fraction of the oscillator, whatever the feedback needs. Limits: Lattice
    FPGA-DS-02012, sysCLOCK PLL timing; dividers: FPGA-TN-02200.
    """

    kind: ClassVar[str] = "ecp5"

    @classmethod
    def limits(cls, part: str) -> Limits:
        return Limits(
            reference=(8, 400), phase=(10, 400), oscillator=(400, 800), output=(3.125, 400)
        )

    @classmethod
    def dividers(cls) -> Iterator[tuple[int, int, int]]:
        # 400 MHz at the phase detector's 10 MHz, and twice that.
        for divide in range(1, 41):
            for multiply in range(1, 81):
                for split in range(1, MAX_DIVIDER + 1):
                    yield divide, multiply, split

    def elaborate(self, platform):
        m = Module()
        setting = self.setting
        m.submodules.buffer = buffer = io.Buffer("i", self.pin)
        # The oscillator divided by two at least is no faster than an output may be.
        feedback_split = next(
            (n for n in range(2, setting.multiply + 1) if setting.multiply % n == 0), 1
        )
        feedback = Signal()
        m.submodules.pll = Instance(
            "EHXPLLL",
            a_FREQUENCY_PIN_CLKI=f"{setting.in_hz / MEGA:g}",
            a_FREQUENCY_PIN_CLKOS=f"{setting.out_hz / MEGA:g}",
            a_ICP_CURRENT="12",
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            p_CLKI_DIV=setting.divide,
            p_CLKFB_DIV=setting.multiply // feedback_split,
            p_FEEDBK_PATH="CLKOP",
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_DIV=feedback_split,
            p_CLKOP_CPHASE=feedback_split - 1,
            p_CLKOP_FPHASE=0,
            p_CLKOS_ENABLE="ENABLED",
            p_CLKOS_DIV=setting.split,
            p_CLKOS_CPHASE=setting.split - 1,
            p_CLKOS_FPHASE=0,
            i_CLKI=buffer.i,
            i_CLKFB=feedback,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_ENCLKOP=Const(0),
            i_ENCLKOS=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            o_CLKOP=feedback,
            o_CLKOS=self.clk,
            o_LOCK=self.locked,
        )
        return m
