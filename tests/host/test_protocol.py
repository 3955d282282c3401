"""The host's end of the line: bytes written out by hand, cut and garbled every way."""

import pytest

from shiftconv.host.protocol import Decoder, Kind, Packet, encode


def test_bytes_by_hand():
    # CRC-32 of 02 34 12 00 00 00 by hand with the polynomial 0xEDB88320.
    crc = 0xFFFFFFFF
    for byte in [2, 0x34, 0x12, 0, 0, 0]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    wire = encode(Kind.STATUS, 0x1234)
    assert wire == bytes([0x7E, 2, 0x34, 0x12, 0, 0, 0]) + crc.to_bytes(4, "little")


def test_escapes():
    wire = encode(Kind.FRAME, 0x7E7D, b"~}^] ~")
    assert wire[1:].count(b"~") == 0
    assert wire[:18] == b"~\x01}]}^\x06\x00\x00}^}]^] }^"
    assert list(Decoder().feed(wire)) == [Packet(Kind.FRAME, 0x7E7D, b"~}^] ~")]


def test_any_cut(rng):
    payloads = [rng.choice([0x7D, 0x7E, 0x5D, 0x5E, 0], n).astype("u1").tobytes() for n in range(9)]
    wire = b"".join(encode(Kind.RESULT, n, payload) for n, payload in enumerate(payloads))
    decoder = Decoder()
    found = [packet for byte in wire for packet in decoder.feed(bytes([byte]))]
    assert [packet.payload for packet in found] == payloads
    assert decoder.n_bad == 0


@pytest.mark.parametrize("fault", ["lost", "changed", "added"])
def test_a_fault_anywhere_costs_one_packet(fault):
    """The packet after it comes through, whatever happens to the one before."""
    wire, after = encode(Kind.RESULT, 1, b"ab~}"), encode(Kind.RESULT, 2, b"cd")
    for at in range(len(wire)):
        garbled = bytearray(wire)
        if fault == "lost":
            del garbled[at]
        elif fault == "changed":
            garbled[at] ^= 0x04
        else:
            garbled.insert(at, 0x55)
        decoder = Decoder()
        found = list(decoder.feed(bytes(garbled) + after))
        assert found[-1] == Packet(Kind.RESULT, 2, b"cd")
        # A byte before the mark does no harm, and an escape is told though its second half is lost.
        assert found[:-1] in ([], [Packet(Kind.RESULT, 1, b"ab~}")])
        assert len(found) - 1 + decoder.n_bad == (1 if at or fault == "added" else 0)


def test_noise_between_packets_is_no_packet():
    decoder = Decoder()
    wire = b"\x00\xff" + encode(Kind.RESET, 1) + b"noise" + encode(Kind.RESET, 2)
    assert [packet.seq for packet in decoder.feed(wire)] == [1, 2]
    assert decoder.n_bad == 0


def test_too_long():
    with pytest.raises(ValueError, match="at most 16777215 bytes, not 16777216"):
        encode(Kind.FRAME, 0, bytes(2**24))
