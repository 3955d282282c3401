"""Payloads as beats: against bytes written out by hand, and back."""

from shiftconv.flow.simulation.payloads import pack_payloads, unpack_payloads

FIELDS = [
    {"offset": 0, "width": 12, "signed": True, "count": 2, "stride": 16},
    {"offset": 32, "width": 3, "signed": False, "count": 1, "stride": 8},
]


def test_beats_marks_and_values_by_hand():
    # 1, -2 in 12 bits each, 5 in 3, and the mark; then -2048, 2047, 7 without.
    payloads = [1 | 0xFFE << 12 | 5 << 24 | 1 << 27, 0x800 | 0x7FF << 12 | 7 << 24]
    beats, last = pack_payloads(payloads, FIELDS)
    assert beats.tolist() == [[1, 0, 0xFE, 0x0F, 5], [0, 8, 0xFF, 7, 7]]
    assert last.tolist() == [True, False]
    assert unpack_payloads(beats, FIELDS).tolist() == [[1, -2, 5], [-2048, 2047, 7]]
    # Surplus bits do not matter, as where a sign fills a byte.
    assert unpack_payloads(beats | [[0, 240, 0, 240, 248]], FIELDS)[0].tolist() == [1, -2, 5]
