"""What every test may ask for."""

import os
import zlib

# Test workers share the cores: the threads of BLAS would spin, waiting for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same")


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers that are the same for the same test."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
