"""Pauses of streams in Amaranth's simulator."""

import numpy as np
import pytest

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.stream_buffer import StreamBuffer


@pytest.mark.parametrize("stall", [(0.5, 0.0), (0.0, 0.5)], ids=["input", "output"])
def test_pauses_begin_where_they_are_said_to(stall, rng):
    payloads = list(range(60))
    found = simulate_streams(
        StreamBuffer(shape=8), {"i": payloads}, 60, stall=stall, stall_from=1 / 3, rng=rng
    )
    assert found.payloads == payloads
    waits = np.diff(found.cycles)
    assert waits[:19].tolist() == [1] * 19
    assert waits[19:].max() > 1
