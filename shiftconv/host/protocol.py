"""Packets between a host and a board: what both ends agree on, and the host's end of it.

A packet is a mark, and then: kind (1 byte), sequence number (2), length of the payload (3),
payload, CRC-32 (4). In all of that, a byte like the mark or the escape is sent as the escape and
the byte with its bit 5 flipped, so that no other byte equals the mark. Numbers come with their
lowest byte first. The CRC is that of Ethernet and zip, over all that precedes it but the mark.
Whatever was lost or garbled, the next mark begins a packet.

A board whose weights are loaded at start gets them after a reset, before any frame: cut in pieces
as long as an input frame, the last one filled up with zeros, and numbered from 0 by their sequence
numbers. A piece that the board has already is answered like one that it has not.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "CRC_BYTES",
    "ESCAPE",
    "FLIP",
    "HEADER_BYTES",
    "MARK",
    "Decoder",
    "ErrorCode",
    "Kind",
    "Packet",
    "encode",
]

MARK, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
HEADER_BYTES, CRC_BYTES = 6, 4
MAX_LENGTH = 2**24 - 1


class Kind(IntEnum):
    """What a packet is; an answer has the sequence number of its question."""

    FRAME = 0x01  # to the board: an input frame's bytes
    STATUS = 0x02  # to the board: nothing; back: the registers
    RESET = 0x03  # to the board: nothing; back, when all is as after power-up: nothing
    WEIGHTS = 0x04  # to the board: as many bytes as an input frame has; back: nothing
    RESULT = 0x81  # to the host: an output frame's bytes
    ERROR = 0xFF  # to the host: one byte, an ErrorCode; whatever it was about is dropped


class ErrorCode(IntEnum):
    """Why a board dropped a packet."""

    CRC = 1  # garbled; the sequence number may be wrong too
    LENGTH = 2  # not the length of that kind of packet
    KIND = 3  # unknown
    TRUNCATED = 4  # another packet began in the middle
    BUSY = 5  # a frame for which there is no room
    ORDER = 6  # a frame before all weights are there, or weights that are not the next


@dataclass(frozen=True)
class Packet:
    """A packet without its mark and CRC."""

    kind: int
    seq: int
    payload: bytes


def encode(kind: int, seq: int, payload: bytes = b"") -> bytes:
    """Bytes of a packet, for the wire.

    Raises
    ------
    ValueError
        If the payload is longer than a packet can be.
    """
    if len(payload) > MAX_LENGTH:
        raise ValueError(f"A packet holds at most {MAX_LENGTH} bytes, not {len(payload)}")
    numbers = seq.to_bytes(2, "little") + len(payload).to_bytes(3, "little")
    body = bytes([kind]) + numbers + payload
    return bytes([MARK]) + _escape(body + zlib.crc32(body).to_bytes(CRC_BYTES, "little"))


class Decoder:
    """Finds packets in bytes from a wire, however they are cut, and drops what is none.

    Attributes
    ----------
    n_bad : int
        Packets that were begun and not whole, or garbled.
    """

    def __init__(self) -> None:
        self.n_bad = 0
        self._body: bytearray | None = None

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Packets that end in ``data``, the next bytes from the wire."""
        first, *rest = data.split(bytes([MARK]))
        if self._body is not None:
            self._body += first
            yield from self._finish()
        for part in rest:
            self.n_bad += bool(self._body)
            self._body = bytearray(part)
            yield from self._finish()

    def _finish(self) -> Iterator[Packet]:
        """The packet that has begun, once all its bytes are here."""
        assert self._body is not None
        if len(self._body) < HEADER_BYTES + CRC_BYTES:
            return
        body = _unescape(bytes(self._body))
        length = int.from_bytes(body[3:6], "little")
        if len(body) < HEADER_BYTES + length + CRC_BYTES:
            return
        whole, crc = body[: HEADER_BYTES + length], body[HEADER_BYTES + length :][:CRC_BYTES]
        self._body = None
        if zlib.crc32(whole) != int.from_bytes(crc, "little"):
            self.n_bad += 1
            return
        yield Packet(body[0], int.from_bytes(body[1:3], "little"), whole[HEADER_BYTES:])


def _escape(body: bytes) -> bytes:
    for byte in ESCAPE, MARK:
        body = body.replace(bytes([byte]), bytes([ESCAPE, byte ^ FLIP]))
    return body


def _unescape(body: bytes) -> bytes:
    for byte in MARK, ESCAPE:
        body = body.replace(bytes([ESCAPE, byte ^ FLIP]), bytes([byte]))
    return body
