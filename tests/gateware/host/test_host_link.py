"""Packets to a link in front of a core: results, replies, errors, and none of them missing."""

import numpy as np
import pytest

from shiftconv.gateware.host.host_link import FRAMES_AT_ONCE, HostLink
from shiftconv.host.protocol import Decoder, ErrorCode, Kind, Packet, encode
from tests.gateware.host.cores import DIGEST, Adder, converse, map_of

FRAME, BEAT = 12, 2
# What a line says between packets does not matter; it takes time.
SILENCE = bytes(40)


def link(**core):
    return HostLink(Adder(beat_bytes=BEAT, **core), registers=map_of(FRAME, BEAT), depth=128)


def packets(data):
    """What a host makes of a link's bytes; all of them must be good."""
    decoder = Decoder()
    found = list(decoder.feed(data))
    assert decoder.n_bad == 0
    return found


def result_of(frame):
    beats = np.frombuffer(frame, "<u2") + 1
    return beats.astype("<u2").tobytes()


def frames_of(rng, n):
    # Marks and escapes among them more often than chance would have it.
    choice = np.array([*range(256), *[0x7E, 0x7D] * 32], np.uint8)
    return [rng.choice(choice, FRAME).tobytes() for _ in range(n)]


def status(data):
    (packet,) = [packet for packet in packets(data) if packet.kind == Kind.STATUS]
    return map_of(FRAME, BEAT).decode(packet.payload)


@pytest.mark.parametrize("pause", [1, 9], ids=["fast_core", "slow_core"])
def test_results_in_order(rng, pause):
    frames = frames_of(rng, 6)
    said = converse(
        link(pause=pause),
        b"".join(encode(Kind.FRAME, 7 * n, frame) for n, frame in enumerate(frames)),
        pause=8,
    )
    assert packets(said) == [
        Packet(Kind.RESULT, 7 * n, result_of(frame)) for n, frame in enumerate(frames)
    ]


def test_status():
    whole = encode(Kind.FRAME, 1, bytes(FRAME))
    sent = whole + whole[:9] + encode(Kind.STATUS, 0xABCD)
    result, error, found = packets(converse(link(), sent))
    assert [packet.kind for packet in (result, error)] == [Kind.RESULT, Kind.ERROR]
    assert (found.kind, found.seq) == (Kind.STATUS, 0xABCD)
    values = map_of(FRAME, BEAT).decode(found.payload)
    assert values["ID"].to_bytes(4, "big") == b"SHCV"
    assert values["DIGEST"] == DIGEST
    assert (values["IN_FRAME_BYTES"], values["IN_BEAT_BYTES"]) == (FRAME, BEAT)
    assert (values["FRAMES_IN"], values["FRAME_ERRORS"], values["LINK_ERRORS"]) == (1, 0, 1)


def test_counters_and_flags_after_all_is_out(rng):
    data = b"".join(encode(Kind.FRAME, n, frame) for n, frame in enumerate(frames_of(rng, 3)))
    values = status(converse(link(), data + 3 * SILENCE + encode(Kind.STATUS, 1)))
    assert (values["FRAMES_IN"], values["FRAMES_OUT"], values["STATUS"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("packet", "seq", "code"),
    [
        (encode(Kind.FRAME, 3, bytes(FRAME - 1)), 3, ErrorCode.LENGTH),
        (encode(Kind.FRAME, 3, bytes(FRAME + 1)), 3, ErrorCode.LENGTH),
        (encode(Kind.FRAME, 3), 3, ErrorCode.LENGTH),
        (encode(Kind.STATUS, 4, b"1"), 4, ErrorCode.LENGTH),
        (encode(Kind.RESULT, 5, bytes(FRAME)), 5, ErrorCode.KIND),
        (encode(0, 6), 6, ErrorCode.KIND),
        (encode(Kind.FRAME, 7, bytes(FRAME))[:-1] + b"\x01", 7, ErrorCode.CRC),
        (encode(Kind.STATUS, 8)[:-1] + b"\x01", 8, ErrorCode.CRC),
        (encode(Kind.FRAME, 9, bytes(FRAME))[:-1], 9, ErrorCode.TRUNCATED),
        (encode(Kind.FRAME, 9, bytes(FRAME))[:12], 9, ErrorCode.TRUNCATED),
        (encode(Kind.FRAME, 9, bytes(FRAME))[:7], 9, ErrorCode.TRUNCATED),
        (encode(Kind.RESET, 9)[:-2], 9, ErrorCode.TRUNCATED),
    ],
    ids=str,
)
def test_bad_packets_are_answered_and_dropped(packet, seq, code, rng):
    (frame,) = frames_of(rng, 1)
    answers = packets(converse(link(), packet + encode(Kind.FRAME, 1, frame)))
    assert answers == [
        Packet(Kind.ERROR, seq, bytes([code])),
        Packet(Kind.RESULT, 1, result_of(frame)),
    ]


@pytest.mark.parametrize(
    "garbage", [b"\x00\xff" * 40, b"\x7d" * 9, b"\x7e" * 9, b"hello~", b"~\x7d"]
)
def test_garbage_before_a_packet(garbage, rng):
    (frame,) = frames_of(rng, 1)
    found = packets(converse(link(), garbage + encode(Kind.FRAME, 1, frame)))
    assert found[-1] == Packet(Kind.RESULT, 1, result_of(frame))
    assert all(packet.kind == Kind.ERROR for packet in found[:-1])


def test_wherever_the_cable_is_cut(rng):
    """The packet after a cut one comes through, and the one after that."""
    cut, *whole = frames_of(rng, 3)
    begin = encode(Kind.FRAME, 0, cut)
    rest = [encode(Kind.FRAME, n, frame) + SILENCE for n, frame in enumerate(whole, 1)]
    sent = b"".join(begin[:length] + b"".join(rest) for length in range(len(begin)))
    found = [packet for packet in packets(converse(link(), sent)) if packet.kind == Kind.RESULT]
    results = [Packet(Kind.RESULT, n, result_of(frame)) for n, frame in enumerate(whole, 1)]
    assert found == results * len(begin)


def test_more_frames_than_there_is_room_for(rng):
    """A core that stands still: what does not fit is refused, the rest waits until a reset."""
    frames = frames_of(rng, 2 * FRAMES_AT_ONCE)
    sent = b"".join(encode(Kind.FRAME, n, frame) for n, frame in enumerate(frames))
    design = HostLink(Adder(beat_bytes=BEAT, stuck_at=0), registers=map_of(FRAME, BEAT), depth=64)
    again = encode(Kind.RESET, 77) + encode(Kind.STATUS, 78)
    found = packets(converse(design, sent + again))
    refused = [packet for packet in found if packet.kind == Kind.ERROR]
    assert all(packet.payload == bytes([ErrorCode.BUSY]) for packet in refused)
    # 64 bytes hold five frames, and no sixth though a beat of the first has left.
    assert [packet.seq for packet in refused] == [*range(5, 2 * FRAMES_AT_ONCE)]
    assert [packet.seq for packet in found[-2:]] == [77, 78]
    values = map_of(FRAME, BEAT).decode(found[-1].payload)
    assert (values["FRAMES_IN"], values["LINK_ERRORS"], values["STATUS"]) == (0, 0, 0)


def test_reset_in_the_middle_of_a_result(rng):
    """What was under way is gone, the answer of the reset is whole, and then all is well."""
    before, after = frames_of(rng, 2)
    sent = encode(Kind.FRAME, 1, before) + 20 * SILENCE
    sent += encode(Kind.RESET, 2) + encode(Kind.FRAME, 3, after)
    decoder = Decoder()
    found = list(decoder.feed(converse(link(), sent, pause=60)))
    assert found == [Packet(Kind.RESET, 2, b""), Packet(Kind.RESULT, 3, result_of(after))]
    assert decoder.n_bad == 1


def test_noise_never_makes_a_wrong_result(rng):
    """Bytes changed, lost and added at random: what comes is right, what is whole comes."""
    frames = frames_of(rng, 60)
    sent, whole = b"", []
    for seq, frame in enumerate(frames):
        packet = bytearray(encode(Kind.FRAME, seq, frame))
        fault = rng.integers(0, 6)
        at = int(rng.integers(0, len(packet)))
        if fault == 0:
            packet[at] ^= int(rng.integers(1, 256))
        elif fault == 1:
            del packet[at]
        elif fault == 2:
            packet.insert(at, int(rng.integers(0, 256)))
        else:
            whole.append(seq)
        sent += packet + SILENCE
    found = {p.seq: p.payload for p in packets(converse(link(), sent)) if p.kind == Kind.RESULT}
    assert set(whole) <= set(found)
    assert all(payload == result_of(frames[seq]) for seq, payload in found.items())
