"""Weights over a link: in order, once, before frames."""

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.host_link import HostLink
from shiftconv.gateware.host.weight_gate import WeightGate
from shiftconv.host.protocol import Decoder, ErrorCode, Kind, Packet, encode
from tests.gateware.host.cores import converse, map_of

PIECE = 4
WEIGHTS = bytes([3, 0x7E, 250, 9, 7, 1])
PIECES = [WEIGHTS[:4], WEIGHTS[4:] + b"\xaa\xbb"]


class Weighted(wiring.Component):
    """Answers each byte with the byte plus the sum of all weights, twice as the earlier ones."""

    def __init__(self):
        super().__init__(
            {
                "frame_error": Out(1),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "s_axis_tdata": In(8),
                "s_axis_tlast": In(1),
                "m_axis_tvalid": Out(1),
                "m_axis_tready": In(1),
                "m_axis_tdata": Out(8),
                "m_axis_tlast": Out(1),
                "s_axis_weights_tvalid": In(1),
                "s_axis_weights_tready": Out(1),
                "s_axis_weights_tdata": In(8),
            }
        )

    def elaborate(self, platform):
        m = Module()
        total = Signal(8)
        m.d.comb += [
            self.s_axis_weights_tready.eq(1),
            self.s_axis_tready.eq(self.m_axis_tready),
            self.m_axis_tvalid.eq(self.s_axis_tvalid),
            self.m_axis_tdata.eq(self.s_axis_tdata + total),
            self.m_axis_tlast.eq(self.s_axis_tlast),
        ]
        with m.If(self.s_axis_weights_tvalid):
            m.d.sync += total.eq(2 * total + self.s_axis_weights_tdata)
        return m


def result(frame):
    total = 0
    for weight in WEIGHTS:
        total = (2 * total + weight) % 256
    return bytes((byte + total) % 256 for byte in frame)


def talk(*packets):
    """What the link answers to packets."""
    link = HostLink(Weighted(), registers=map_of(PIECE, 1), depth=16, weight_bytes=len(WEIGHTS))
    decoder = Decoder()
    found = list(decoder.feed(converse(link, b"".join(packets))))
    assert decoder.n_bad == 0
    return found


def piece(n):
    return encode(Kind.WEIGHTS, n, PIECES[n])


def frame(seq):
    return encode(Kind.FRAME, seq, bytes([seq, 1, 2, 3]))


def taken(n):
    return Packet(Kind.WEIGHTS, n, b"")


def right(seq):
    return Packet(Kind.RESULT, seq, result([seq, 1, 2, 3]))


def refused(seq, code=ErrorCode.ORDER):
    return Packet(Kind.ERROR, seq, bytes([code]))


def test_weights_then_frames():
    assert talk(piece(0), piece(1), frame(5), frame(6)) == [taken(0), taken(1), right(5), right(6)]


def test_a_piece_that_came_already_changes_nothing():
    found = talk(piece(0), piece(0), piece(1), piece(1), piece(0), frame(5))
    assert found == [taken(0), taken(0), taken(1), taken(1), taken(0), right(5)]


def test_what_comes_too_early_is_refused():
    found = talk(frame(9), piece(1), piece(0), frame(9), piece(1), frame(5))
    assert found == [refused(9), refused(1), taken(0), refused(9), taken(1), right(5)]


def test_a_piece_too_many_is_refused():
    found = talk(piece(0), piece(1), encode(Kind.WEIGHTS, 2, PIECES[0]), frame(5))
    assert found == [taken(0), taken(1), refused(2), right(5)]


def test_a_garbled_piece_is_not_taken():
    garbled = bytearray(piece(0))
    garbled[8] ^= 1
    found = talk(bytes(garbled), piece(0), piece(1), frame(5))
    assert found == [refused(0, ErrorCode.CRC), taken(0), taken(1), right(5)]


def test_after_a_reset_the_weights_come_again():
    loaded = [piece(0), piece(1), frame(5), bytes(60)]
    found = talk(*loaded, encode(Kind.RESET, 8), frame(6))
    assert found[-2:] == [Packet(Kind.RESET, 8, b""), refused(6)]


def test_a_board_without_weights_knows_no_such_packet():
    link = HostLink(Weighted(), registers=map_of(PIECE, 1), depth=16)
    [found] = Decoder().feed(converse(link, piece(0)))
    assert found == refused(0, ErrorCode.KIND)


@pytest.mark.parametrize(("n_bytes", "piece_bytes"), [(0, 4), (4, 0), (2**18 + 1, 4)])
def test_wrong_arguments(n_bytes, piece_bytes):
    with pytest.raises(ValueError, match=f"not {n_bytes} bytes in pieces of {piece_bytes}"):
        WeightGate(n_bytes=n_bytes, piece_bytes=piece_bytes)
