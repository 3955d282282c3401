"""A design on a board: its clock, its reset, its serial line and its lamps."""

from dataclasses import dataclass

from amaranth.build import ResourceError
from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    Const,
    Elaboratable,
    Instance,
    Module,
    ResetSignal,
    Signal,
)
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

from boards import Board
from shiftconv.gateware.plls import MEGA, PLLS, PllSetting

__all__ = ["BoardClock", "BoardTop", "plan_clock"]

N_LEDS = 4
# Block memories of iCE40 hold what they shall some 10 microseconds after configuration.
START_SECONDS = 20e-6


@dataclass(frozen=True)
class BoardClock:
    """A design's clock.

    Parameters
    ----------
    hz : float
    setting : PllSetting or None
        Of the PLL that makes it; None for the board's own clock.
    """

    hz: float
    setting: PllSetting | None


def plan_clock(board: Board, clock_mhz: float | None) -> BoardClock:
    """The board's clock, or one made from it.

    Parameters
    ----------
    board : Board
        With a clock.
    clock_mhz : float or None
        The board's own without it.

    Raises
    ------
    PllError
        If the board's PLL cannot make it.
    """
    assert board.clock_mhz is not None
    in_hz = board.clock_mhz * MEGA
    if clock_mhz is None or clock_mhz * MEGA == in_hz:
        return BoardClock(in_hz, None)
    setting = PLLS[board.family].plan(in_hz=in_hz, out_hz=clock_mhz * MEGA, part=board.part)
    return BoardClock(setting.out_hz, setting)


class BoardTop(Elaboratable):
    """Instance ``board`` of a module with ``clk``, ``rst``, ``rx``, ``tx`` and ``leds``.

    It leaves reset a while after the clock is there. Elaborated for a platform of Amaranth.

    Parameters
    ----------
    name : str
        Of the module.
    family : str
        Of the device.
    clock : BoardClock
    """

    def __init__(self, *, name: str, family: str, clock: BoardClock):
        self.name = name
        self.family = family
        self.clock = clock

    def elaborate(self, platform):
        m = Module()
        self._make_clock(m, platform)
        # The line's other wires, where it has some, are left alone.
        wires = {wire.name: "-" for wire in platform.lookup("uart").ios}
        serial = platform.request("uart", dir=wires)
        m.submodules.rx = rx = io.Buffer("i", serial.rx)
        m.submodules.tx = tx = io.Buffer("o", serial.tx)
        leds = Signal(N_LEDS)
        for n, pin in enumerate(self._leds(platform)):
            m.submodules[f"led{n}"] = led = io.Buffer("o", pin)
            m.d.comb += led.o.eq(leds[n])
        m.submodules.board = Instance(
            self.name,
            i_clk=ClockSignal(),
            i_rst=ResetSignal(),
            i_rx=rx.i,
            o_tx=tx.o,
            o_leds=leds,
        )
        return m

    def _make_clock(self, m, platform):
        """Domain ``sync``; ``start`` is the same clock from its first edge on."""
        pin = platform.request(platform.default_clk, dir="-")
        clk, locked = Signal(), Signal()
        if self.clock.setting is None:
            m.submodules.clk = buffer = io.Buffer("i", pin)
            m.d.comb += [clk.eq(buffer.i), locked.eq(Const(1))]
        else:
            m.submodules.pll = pll = PLLS[self.family](self.clock.setting, pin)
            m.d.comb += [clk.eq(pll.clk), locked.eq(pll.locked)]
        m.domains.sync = ClockDomain()
        m.domains.start = ClockDomain(reset_less=True)
        m.d.comb += [ClockSignal().eq(clk), ClockSignal("start").eq(clk)]
        cycles = round(START_SECONDS * self.clock.hz)
        left = Signal(range(cycles + 1), init=cycles)
        with m.If(left != 0):
            m.d.start += left.eq(left - 1)
        started = Signal()
        m.d.start += started.eq(left == 0)
        m.submodules.reset = ResetSynchronizer(~(started & locked))

    @staticmethod
    def _leds(platform):
        """As many lamps as the board has, four at most."""
        pins = []
        for n in range(N_LEDS):
            try:
                pins.append(platform.request("led", n, dir="-"))
            except ResourceError:
                break
        return pins
