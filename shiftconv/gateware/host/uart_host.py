"""An accelerator on a board: pins of a serial line and of lamps."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.baud import bit_sixteenths
from shiftconv.gateware.host.host_link import HostLink
from shiftconv.gateware.host.uart import UartReceiver, UartTransmitter
from shiftconv.host.registers import RegisterMap

__all__ = ["UartHost"]

# A flash ends with the second tick of a sixteenth of the first lamp's period.
FLASH_BITS = 4


class UartHost(wiring.Component):
    """A core behind a serial line: 8 data bits, no parity, 1 stop bit.

    Parameters
    ----------
    core : Component
        As for :class:`HostLink`.
    registers : RegisterMap
    clock_hz : float
        Of the domain ``sync``.
    baud : float
        Any rate of which a bit lasts at least four cycles.
    depth, weight_bytes : int, optional
        As for :class:`HostLink`.

    Members
    -------
    rx : In(1), init=1
        Need not be synchronous.
    tx : Out(1), init=1
    leds : Out(4)
        0: blinks about once a second while there is a clock. 1: a frame is under way. 2: flashes
        with each good packet. 3: the last packet was dropped.
    """

    def __init__(
        self,
        core: wiring.Component,
        *,
        registers: RegisterMap,
        clock_hz: float,
        baud: float,
        depth: int | None = None,
        weight_bytes: int = 0,
    ):
        self.sixteenths = bit_sixteenths(clock_hz, baud)
        self.clock_hz = clock_hz
        self.link = HostLink(core, registers=registers, depth=depth, weight_bytes=weight_bytes)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "leds": Out(4)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.link = link = self.link
        m.submodules.receiver = receiver = UartReceiver(sixteenths=self.sixteenths)
        m.submodules.transmitter = transmitter = UartTransmitter(sixteenths=self.sixteenths)
        wiring.connect(m, receiver.o, link.i)
        wiring.connect(m, link.o, transmitter.i)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            link.link_error.eq(receiver.lost),
        ]

        time = Signal(max(FLASH_BITS + 1, round(self.clock_hz - 1).bit_length()))
        flash, failed = Signal(2), Signal()
        m.d.sync += time.eq(time + 1)
        with m.If(time[:-FLASH_BITS].all()):
            m.d.sync += flash.eq(flash >> 1)
        with m.If(link.heard):
            m.d.sync += [flash.eq(0b11), failed.eq(0)]
        with m.If(link.failed):
            m.d.sync += failed.eq(1)
        m.d.comb += self.leds.eq(Cat(time[-1], link.busy, flash != 0, failed))
        return m
