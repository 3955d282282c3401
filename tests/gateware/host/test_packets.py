"""Packets taken apart and put together, at every pace of both sides."""

import pytest
from amaranth.sim import Simulator

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.host.packet_receiver import PacketReceiver
from shiftconv.gateware.host.packet_transmitter import PacketTransmitter
from shiftconv.host.protocol import ErrorCode, Kind, encode

SYMBOL_MARK = 1 << 8


def symbols(kind, seq, payload=b""):
    """A packet before marks and escapes become bytes."""
    wire = encode(kind, seq, payload)[1:]
    plain, escaped = [], False
    for byte in wire:
        if byte == 0x7D and not escaped:
            escaped = True
        else:
            plain.append(byte ^ 0x20 if escaped else byte)
            escaped = False
    return [SYMBOL_MARK, *plain]


def test_transmitter(rng, stall):
    packets = [
        (Kind.RESULT, 0x1234, b"~}abc"),
        (Kind.ERROR, 0xFFFF, b"\x01"),
        (Kind.RESET, 0, b""),
        (Kind.RESULT, 7, bytes(rng.integers(0, 256, 300, "uint8"))),
    ]
    golden = [symbol for packet in packets for symbol in symbols(*packet)]
    headers = [kind | seq << 8 | len(payload) << 24 for kind, seq, payload in packets]
    payloads = [byte for _, _, payload in packets for byte in payload]
    found = simulate_streams(
        PacketTransmitter(max_length=300),
        {"i_header": headers, "i": payloads},
        len(golden),
        stall=stall,
        rng=rng,
    )
    marks = [payload & SYMBOL_MARK for payload in found.payloads]
    assert marks == [symbol & SYMBOL_MARK for symbol in golden]
    assert [s & 255 for s in found.payloads if s < SYMBOL_MARK] == [
        s for s in golden if s < SYMBOL_MARK
    ]
    if not stall:
        # A symbol a cycle, and two cycles more for each packet.
        assert found.cycles[-1] - found.cycles[0] == len(golden) - 1 + 2 * len(packets) - 1


def receive(sent, *, frame_bytes, room, stall, rng):
    """Payload and verdicts (kind, seq, error) of symbols."""
    receiver = PacketReceiver(frame_bytes=frame_bytes)
    payload, verdicts = bytearray(), []
    simulator = Simulator(receiver)
    simulator.add_clock(1e-8)

    async def source(ctx):
        ctx.set(receiver.room, room)
        for symbol in sent:
            while rng.random() < stall:
                await ctx.tick()
            ctx.set(receiver.i.payload.as_value(), symbol)
            ctx.set(receiver.i.valid, 1)
            await ctx.tick().until(receiver.i.ready)
            ctx.set(receiver.i.valid, 0)

    async def sink(ctx):
        out, verdict = receiver.o, receiver.o_verdict
        for _ in range(200 + 6 * len(sent)):
            ctx.set(out.ready, rng.random() >= stall)
            ctx.set(verdict.ready, rng.random() >= stall)
            _, _, valid, ready, byte = await ctx.tick().sample(out.valid, out.ready, out.payload)
            if valid and ready:
                payload.append(byte)

    async def judge(ctx):
        verdict = receiver.o_verdict
        async for _, _, valid, ready, found in ctx.tick().sample(
            verdict.valid, verdict.ready, verdict.payload
        ):
            if valid and ready:
                verdicts.append((found.kind, found.seq, found.error))

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(judge, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return bytes(payload), verdicts


def test_receiver(rng, stall):
    bad = symbols(Kind.FRAME, 4, b"wrong")
    bad[-1] ^= 1
    sent = [
        *[1, 2, SYMBOL_MARK, SYMBOL_MARK],
        *symbols(Kind.FRAME, 1, b"first"),
        *symbols(Kind.STATUS, 2),
        *symbols(Kind.FRAME, 3, b"short"[:4]),
        *bad,
        *symbols(Kind.FRAME, 5, b"other")[:9],
        *symbols(Kind.RESET, 6),
    ]
    payload, verdicts = receive(sent, frame_bytes=5, room=1, stall=stall, rng=rng)
    assert payload == b"firstwrongot"
    assert verdicts == [
        (Kind.FRAME, 1, 0),
        (Kind.STATUS, 2, 0),
        (Kind.FRAME, 3, ErrorCode.LENGTH),
        (Kind.FRAME, 4, ErrorCode.CRC),
        (Kind.FRAME, 5, ErrorCode.TRUNCATED),
        (Kind.RESET, 6, 0),
    ]


def test_frames_that_are_not_wanted(rng):
    sent = [*symbols(Kind.FRAME, 1, b"first"), *symbols(Kind.STATUS, 2)]
    payload, verdicts = receive(sent, frame_bytes=5, room=0, stall=0, rng=rng)
    assert payload == b""
    assert verdicts == [(Kind.FRAME, 1, ErrorCode.BUSY), (Kind.STATUS, 2, 0)]


@pytest.mark.parametrize("frame_bytes", [0, 2**24])
def test_wrong_arguments(frame_bytes):
    with pytest.raises(ValueError, match=rf"1 to 2\*\*24 - 1 bytes, not {frame_bytes}"):
        PacketReceiver(frame_bytes=frame_bytes)


def test_too_long_payloads():
    with pytest.raises(ValueError, match=r"0 to 2\*\*24 - 1 bytes, not 16777216"):
        PacketTransmitter(max_length=2**24)
