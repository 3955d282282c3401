"""The two ends of a serial line: eight bits, no parity, one stop bit."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import cdc, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.baud import BitTimer

__all__ = ["UartReceiver", "UartTransmitter"]

DATA_BITS = 8


class UartTransmitter(wiring.Component):
    """Bytes onto a line, the lowest bit first. A byte takes ten bits' time.

    Parameters
    ----------
    sixteenths : int
        Length of a bit, as :func:`~shiftconv.gateware.host.baud.bit_sixteenths` gives it.

    Members
    -------
    i : In(stream.Signature(8))
    tx : Out(1), init=1
    """

    def __init__(self, *, sixteenths: int):
        self.sixteenths = sixteenths
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.timer = timer = BitTimer(self.sixteenths)
        rest = Signal(DATA_BITS + 1)
        left = Signal(range(DATA_BITS + 3))
        m.d.comb += [
            self.i.ready.eq((left == 0) | ((left == 1) & timer.tick)),
            timer.start.eq(self.i.ready & self.i.valid),
        ]
        with m.If(timer.start):
            m.d.sync += [self.tx.eq(0), rest.eq(Cat(self.i.p, 1)), left.eq(DATA_BITS + 2)]
        with m.Elif(timer.tick & (left != 0)):
            m.d.sync += [Cat(self.tx, rest).eq(Cat(rest, 1)), left.eq(left - 1)]
        return m


class UartReceiver(wiring.Component):
    """Bytes from a line. Each comes in the middle of its stop bit.

    A byte whose stop bit is low is dropped, and the line must rise before another begins; a low
    pulse of less than half a bit is no start bit. A byte waits to be taken until the next is there,
    which is dropped then.

    Parameters
    ----------
    sixteenths : int
        Length of a bit, as :func:`~shiftconv.gateware.host.baud.bit_sixteenths` gives it.

    Members
    -------
    rx : In(1), init=1
        Need not be synchronous.
    o : Out(stream.Signature(8))
    lost : Out(1)
        High for one cycle for each byte dropped.
    """

    def __init__(self, *, sixteenths: int):
        self.sixteenths = sixteenths
        super().__init__({"rx": In(1, init=1), "o": Out(stream.Signature(8)), "lost": Out(1)})

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = cdc.FFSynchronizer(self.rx, line, init=1)
        m.submodules.timer = timer = BitTimer(self.sixteenths, half=True)
        # A one walks down in front of the bits and falls out with the last of them.
        bits = Signal(DATA_BITS)
        done = Signal()

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("Wait"):
                m.d.comb += timer.start.eq(~line)
                with m.If(~line):
                    m.next = "Start"
            with m.State("Start"), m.If(timer.tick):
                m.d.sync += [bits.eq(1 << DATA_BITS - 1), done.eq(0)]
                with m.If(line):
                    m.next = "Wait"
                with m.Else():
                    m.next = "Data"
            with m.State("Data"), m.If(timer.tick):
                m.d.sync += Cat(done, bits).eq(Cat(bits, line))
                with m.If(bits[0]):
                    m.next = "Stop"
            with m.State("Stop"), m.If(timer.tick):
                with m.If(line & (~self.o.valid | self.o.ready)):
                    m.d.sync += [self.o.valid.eq(1), self.o.p.eq(bits)]
                with m.Else():
                    m.d.comb += self.lost.eq(1)
                with m.If(line):
                    m.next = "Wait"
                with m.Else():
                    m.next = "Rise"
            with m.State("Rise"), m.If(line):
                m.next = "Wait"
        return m
