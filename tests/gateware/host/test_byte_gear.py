"""Bytes to beats and back."""

import pytest

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.host.byte_gear import BeatsToBytes, BytesToBeats


@pytest.mark.parametrize("beat_bytes", [1, 3, 4])
def test_beats_with_marks(beat_bytes, rng, stall):
    data = rng.integers(0, 256, 24, "uint8").tobytes()
    gear = BytesToBeats(beat_bytes=beat_bytes, frame_bytes=12)
    beats = [data[at : at + beat_bytes] for at in range(0, 24, beat_bytes)]
    per_frame = 12 // beat_bytes
    golden = [
        int.from_bytes(beat, "little") | ((n + 1) % per_frame == 0) << 8 * beat_bytes
        for n, beat in enumerate(beats)
    ]
    found = simulate_streams(gear, {"i": list(data)}, len(golden), stall=stall, rng=rng)
    assert found.payloads == golden
    if not stall:
        assert found.cycles == [beat_bytes * (n + 1) + 1 for n in range(len(golden))]


@pytest.mark.parametrize("beat_bytes", [1, 3, 4])
def test_bytes_of_beats(beat_bytes, rng, stall):
    data = rng.integers(0, 256, 24, "uint8").tobytes()
    beats = [
        int.from_bytes(data[at : at + beat_bytes], "little") for at in range(0, 24, beat_bytes)
    ]
    gear = BeatsToBytes(beat_bytes=beat_bytes)
    found = simulate_streams(gear, {"i": beats}, len(data), stall=stall, rng=rng)
    assert bytes(found.payloads) == data
    if not stall:
        assert found.cycles == [*range(2, len(data) + 2)]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="whole beats, not 7 bytes in beats of 2"):
        BytesToBeats(beat_bytes=2, frame_bytes=7)
    with pytest.raises(ValueError, match="at least one byte, not 0"):
        BeatsToBytes(beat_bytes=0)
