"""What every test of the gateware may ask for."""

import pytest


@pytest.fixture(params=[0.0, 0.5], ids=["flowing", "stalling"])
def stall(request):
    """Chance that either side of a stream pauses in a cycle."""
    return request.param
