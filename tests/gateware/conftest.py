"""What every test of the gateware may ask for."""

import pytest

from shiftconv.gateware import buffer_memory
from tests.gateware.poisoned import PoisonedMemory


@pytest.fixture(params=[0.0, 0.5], ids=["flowing", "stalling"])
def stall(request):
    """Chance that either side of a stream pauses in a cycle."""
    return request.param


@pytest.fixture(autouse=True)
def poisoned_buffers(monkeypatch):
    """A buffer's word that is read while it is written is wrong."""
    monkeypatch.setattr(buffer_memory, "Memory", PoisonedMemory)
