"""What every test may ask for."""

import zlib

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers that are the same for the same test."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
