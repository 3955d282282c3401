"""PLL of Lattice iCE40."""

from collections.abc import Iterator
from typing import ClassVar

from amaranth.hdl import Const, Instance, Module

from shiftconv.gateware.plls import MEGA, Limits, Pll

__all__ = ["SbPll40"]

# Greatest frequency at the phase detector, in MHz, of each FILTER_RANGE from 1.
FILTER_RANGES = (17, 26, 44, 66, 101, 133)


class SbPll40(Pll):
    """SB_PLL40_PAD with simple feedback; the pin must be the PLL's own.

    Limits: Lattice FPGA-DS-02008, sysCLOCK PLL timing; dividers and FILTER_RANGE: FPGA-TN-02052.
    """

    kind: ClassVar[str] = "ice40"

    @classmethod
    def limits(cls, part: str) -> Limits:
        return Limits(
            reference=(10, 133), phase=(10, 133), oscillator=(533, 1066), output=(16, 275)
        )

    @classmethod
    def dividers(cls) -> Iterator[tuple[int, int, int]]:
        for divide in range(1, 17):
            for multiply in range(1, 129):
                for power in range(1, 7):
                    yield divide, multiply, 1 << power

    @property
    def filter_range(self) -> int:
        """Setting of the loop's filter."""
        phase = self.setting.phase_hz / MEGA
        return 1 + next(n for n, top in enumerate(FILTER_RANGES) if phase <= top)

    def elaborate(self, platform):
        m = Module()
        setting = self.setting
        m.submodules.pll = Instance(
            "SB_PLL40_PAD",
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(setting.divide - 1, 4),
            p_DIVF=Const(setting.multiply - 1, 7),
            p_DIVQ=Const(setting.split.bit_length() - 1, 3),
            p_FILTER_RANGE=Const(self.filter_range, 3),
            i_PACKAGEPIN=self.pin.io,
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=self.clk,
            o_LOCK=self.locked,
        )
        return m
