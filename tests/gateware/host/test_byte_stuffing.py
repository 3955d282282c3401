"""Escapes: every byte through both ends, and what lies on the wire between them."""

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.host.byte_stuffing import StuffDecoder, StuffEncoder

SYMBOL_MARK = 1 << 8


def test_bytes_by_hand(rng, stall):
    symbols = [SYMBOL_MARK, 0x00, 0x7E, 0x7D, 0x7D, 0x5E, SYMBOL_MARK | 0x7E, 0x20]
    wire = [0x7E, 0x00, 0x7D, 0x5E, 0x7D, 0x5D, 0x7D, 0x5D, 0x5E, 0x7E, 0x20]
    found = simulate_streams(StuffEncoder(), {"i": symbols}, len(wire), stall=stall, rng=rng)
    assert found.payloads == wire
    if not stall:
        assert found.cycles == [*range(1, len(wire) + 1)]


def test_every_byte_there_and_back(rng, stall):
    symbols = [*range(256), *rng.integers(0, 256, 50).tolist(), SYMBOL_MARK, 1, SYMBOL_MARK]
    n_wire = sum(2 if symbol in (0x7D, 0x7E) else 1 for symbol in symbols)
    wire = simulate_streams(StuffEncoder(), {"i": symbols}, n_wire, stall=stall, rng=rng).payloads
    found = simulate_streams(StuffDecoder(), {"i": wire}, len(symbols), stall=stall, rng=rng)
    assert [min(symbol, SYMBOL_MARK) for symbol in found.payloads] == symbols


def test_a_mark_ends_an_escape(rng):
    found = simulate_streams(
        StuffDecoder(), {"i": [0x7D, 0x7E, 0x41, 0x7D, 0x7D, 0x41]}, 3, rng=rng
    )
    assert found.payloads[0] & SYMBOL_MARK
    assert found.payloads[1:] == [0x41, 0x61]
