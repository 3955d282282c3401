"""A serial line against one drawn by hand, at rates that no divider hits."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.host.baud import BitTimer, bit_sixteenths
from shiftconv.gateware.host.uart import UartReceiver, UartTransmitter

RATES = [64, 71, 129, 417]


class Line(wiring.Component):
    """A transmitter on a receiver."""

    i: In(stream.Signature(8))
    o: Out(stream.Signature(8))

    def __init__(self, sixteenths):
        self.sixteenths = sixteenths
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules.tx = tx = UartTransmitter(sixteenths=self.sixteenths)
        m.submodules.rx = rx = UartReceiver(sixteenths=self.sixteenths)
        wiring.connect(m, wiring.flipped(self.i), tx.i)
        wiring.connect(m, rx.o, wiring.flipped(self.o))
        m.d.comb += rx.rx.eq(tx.tx)
        return m


def drawn(data, sixteenths, *, gap=0.0):
    """Level of a line in every cycle: the exact edges, rounded; ``gap`` bits between bytes."""
    at, edges = 0.0, []
    for byte in data:
        for bit in [0, *(byte >> n & 1 for n in range(8)), 1]:
            at += 1
            edges.append((at, bit))
        at += gap
        edges.append((at, 1))
    levels, begin = [], 0
    for end, bit in edges:
        end = round(end * sixteenths / 16)
        levels += [bit] * (end - begin)
        begin = end
    return levels


def received(levels, sixteenths, *, take=True):
    """Bytes that a receiver finds in these levels, and how many it dropped."""
    receiver = UartReceiver(sixteenths=sixteenths)
    found, lost = [], 0
    simulator = Simulator(receiver)
    simulator.add_clock(1e-8)

    async def bench(ctx):
        nonlocal lost
        ctx.set(receiver.o.ready, take)
        for level in [*levels, *[1] * (sixteenths + 8)]:
            ctx.set(receiver.rx, level)
            _, _, valid, byte, drops = await ctx.tick().sample(
                receiver.o.valid, receiver.o.payload, receiver.lost
            )
            lost += drops
            if valid and take:
                found.append(byte)
        if not take:
            found.append(ctx.get(receiver.o.payload))

    simulator.add_testbench(bench)
    simulator.run()
    return found, lost


@pytest.mark.parametrize("sixteenths", RATES)
def test_transmitter_draws_every_edge_in_its_cycle(sixteenths, rng):
    data = [0x00, 0xFF, 0x55, *rng.integers(0, 256, 5).tolist()]
    transmitter = UartTransmitter(sixteenths=sixteenths)
    simulator = Simulator(transmitter)
    simulator.add_clock(1e-8)
    levels = []

    async def source(ctx):
        for byte in data:
            ctx.set(transmitter.i.payload, byte)
            ctx.set(transmitter.i.valid, 1)
            await ctx.tick().until(transmitter.i.ready)
        ctx.set(transmitter.i.valid, 0)

    async def watch(ctx):
        for _ in range(len(data) * 10 * sixteenths // 16 + 40):
            _, _, level = await ctx.tick().sample(transmitter.tx)
            levels.append(level)

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(watch)
    simulator.run()
    begin = levels.index(0)
    expected = []
    for byte in data:
        # A byte begins where the one before ends, and counts its own sixteenths.
        ends = [(n + 1) * sixteenths // 16 for n in range(10)]
        for start, end, bit in zip([0, *ends], ends, [0, *_bits(byte), 1], strict=False):
            expected += [bit] * (end - start)
    assert levels[begin : begin + len(expected)] == expected
    assert set(levels[begin + len(expected) :]) == {1}


def _bits(byte):
    return [byte >> n & 1 for n in range(8)]


@pytest.mark.parametrize("sixteenths", RATES)
@pytest.mark.parametrize("off", [-1, 0, 1], ids=["slow", "exact", "fast"])
def test_receiver_bears_another_clock(sixteenths, off, rng):
    """Three percent; one where a bit is so short that a cycle is a quarter of it."""
    off *= 0.03 if sixteenths >= 128 else 0.01
    data = [0x00, 0xFF, 0x55, 0xAA, *rng.integers(0, 256, 12).tolist()]
    levels = [1] * 9 + drawn(data, sixteenths * (1 - off))
    assert received(levels, sixteenths) == (data, 0)


def test_pauses_between_bytes(rng):
    data = rng.integers(0, 256, 8).tolist()
    for gap in 0.3, 1.7, 12.0:
        assert received(drawn(data, 80, gap=gap), 80) == (data, 0)


def test_a_short_pulse_is_no_start_bit():
    levels = [1] * 10 + [0] * 7 + [1] * 30 + drawn([0x5A], 16 * 16)
    assert received(levels, 16 * 16) == ([0x5A], 0)


def test_a_cut_line_gives_one_lost_byte_however_long():
    """A line that is held low is a byte without a stop bit, once."""
    levels = drawn([1], 128) + [0] * 900 + [1] * 20 + drawn([2], 128)
    assert received(levels, 128) == ([1, 2], 1)


def test_a_byte_waits_and_the_next_is_lost():
    assert received(drawn([1, 2, 3], 64), 64, take=False) == ([1], 2)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("sixteenths", RATES)
def test_timer_does_not_drift(sixteenths, half):
    timer = BitTimer(sixteenths, half=half)
    ticks = []

    async def bench(ctx):
        ctx.set(timer.start, 1)
        await ctx.tick()
        ctx.set(timer.start, 0)
        for cycle in range(1, 20 * sixteenths):
            _, _, tick = await ctx.tick().sample(timer.tick)
            if tick:
                ticks.append(cycle)

    simulator = Simulator(timer)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    first = sixteenths // 2 if half else sixteenths
    assert ticks[:250] == [(first + n * sixteenths) // 16 for n in range(250)]


def test_transmitter_to_receiver_at_full_rate(rng):
    """Line idle for no cycle: ten bits a byte."""
    data = rng.integers(0, 256, 6).tolist()
    recording = simulate_streams(Line(100), {"i": data}, 6, rng=rng)
    assert recording.payloads == data
    spacing = np.diff(recording.cycles)
    assert set(spacing.tolist()) <= {62, 63}


def test_rates():
    assert bit_sixteenths(12e6, 1e6) == 192
    assert bit_sixteenths(25e6, 3e6) == 133
    with pytest.raises(ValueError, match="of 12 MHz at most 3,000,000 baud, not 4,000,000"):
        bit_sixteenths(12e6, 4e6)
    with pytest.raises(ValueError, match="must be positive, not 1e\\+06 and 0"):
        bit_sixteenths(1e6, 0)
    with pytest.raises(ValueError, match="at least 64 sixteenths of a cycle, not 63"):
        BitTimer(63)
