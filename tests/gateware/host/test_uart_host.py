"""An accelerator behind its pins: the golden frames, and what the lamps say."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from shiftconv.accelerator import Accelerator
from shiftconv.flow.generate import frame_layouts
from shiftconv.gateware.host.uart_host import UartHost
from shiftconv.host.packing import pack, unpack
from shiftconv.host.protocol import Decoder, Kind, encode
from shiftconv.host.registers import register_map
from shiftconv.plan import make_plan
from tests.gateware.host.cores import DIGEST
from tests.networks import vectors

CLOCK, BAUD = 1000, 250
ALIVE, BUSY, HEARD, FAILED = range(4)


async def _send(ctx, design, data):
    for byte in data:
        for bit in [0, *(byte >> n & 1 for n in range(8)), 1]:
            ctx.set(design.rx, bit)
            await ctx.tick().repeat(CLOCK // BAUD)


async def _byte(ctx, design):
    """The next byte from the line; None if there is none for long."""
    for _ in range(2000):
        await ctx.tick()
        if not ctx.get(design.tx):
            break
    else:
        return None
    await ctx.tick().repeat(CLOCK // BAUD // 2)
    byte = 0
    for n in range(9):
        await ctx.tick().repeat(CLOCK // BAUD)
        byte |= ctx.get(design.tx) << n
    assert byte >> 8, "no stop bit"
    return byte & 255


def test_golden_frames_through_the_pins(rng):
    network = vectors(rng)
    plan = make_plan(network)
    layouts = frame_layouts(plan)
    frames = rng.integers(network.in_format.lo, network.in_format.hi + 1, (4, *network.in_shape))
    packets = [
        encode(Kind.FRAME, n, data.tobytes())
        for n, data in enumerate(pack(frames, layouts["s_axis"]))
    ]
    design = UartHost(
        Accelerator(plan),
        registers=register_map(digest=DIGEST, frames=layouts),
        clock_hz=CLOCK,
        baud=BAUD,
    )
    said, lamps = bytearray(), []

    async def host(ctx):
        ctx.set(design.rx, 1)
        await ctx.tick().repeat(8)
        # The line is cut within the second frame.
        await _send(ctx, design, packets[0] + packets[1][:7])
        lamps.append(ctx.get(design.leds))
        await _send(ctx, design, packets[2])
        await ctx.tick().repeat(8)
        lamps.append(ctx.get(design.leds))
        await _send(ctx, design, packets[3] + packets[1])

    async def listen(ctx):
        while (byte := await _byte(ctx, design)) is not None:
            said.append(byte)
        lamps.append(ctx.get(design.leds))

    simulator = Simulator(design)
    simulator.add_clock(1 / CLOCK)
    simulator.add_testbench(host, background=True)
    simulator.add_testbench(listen)
    simulator.run()
    decoder = Decoder()
    found = list(decoder.feed(bytes(said)))
    assert decoder.n_bad == 0
    assert [(packet.kind, packet.seq) for packet in found if packet.kind == Kind.ERROR] == [
        (Kind.ERROR, 1)
    ]
    results = {packet.seq: packet.payload for packet in found if packet.kind == Kind.RESULT}
    data = np.frombuffer(b"".join(results[n] for n in range(4)), np.uint8)
    assert (unpack(data, layouts["m_axis"]) == network.infer(frames)).all()
    assert [lamp >> FAILED & 1 for lamp in lamps] == [0, 0, 0]
    assert [lamp >> HEARD & 1 for lamp in lamps] == [0, 1, 0]
    assert lamps[-1] >> BUSY & 1 == 0


def test_the_clock_blinks_and_a_bad_packet_shows(rng):
    plan = make_plan(vectors(rng))
    design = UartHost(
        Accelerator(plan),
        registers=register_map(digest=DIGEST, frames=frame_layouts(plan)),
        clock_hz=CLOCK,
        baud=BAUD,
    )
    lamps = []

    async def host(ctx):
        ctx.set(design.rx, 1)
        await ctx.tick().repeat(8)
        await _send(ctx, design, encode(Kind.FRAME, 1) + b"\0")
        lamps.append(ctx.get(design.leds))
        await _send(ctx, design, encode(Kind.STATUS, 2) + b"\0")
        lamps.append(ctx.get(design.leds))
        for _ in range(8):
            lamps.append(ctx.get(design.leds))
            await ctx.tick().repeat(128)

    simulator = Simulator(design)
    simulator.add_clock(1 / CLOCK)
    simulator.add_testbench(host)
    simulator.run()
    assert [lamp >> FAILED & 1 for lamp in lamps[:2]] == [1, 0]
    assert [lamp >> ALIVE & 1 for lamp in lamps[2:]].count(1) == 4


def test_wrong_arguments(rng):
    plan = make_plan(vectors(rng))
    registers = register_map(digest=DIGEST, frames=frame_layouts(plan))
    with pytest.raises(ValueError, match="at most 250 baud, not 300"):
        UartHost(Accelerator(plan), registers=registers, clock_hz=1000, baud=300)
