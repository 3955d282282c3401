"""Training on one thread, on a few small images."""

import importlib.util

import numpy as np
import pytest

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]


@pytest.fixture(autouse=True)
def one_thread():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def coloured(rng):
    """64 images of 8×8 pixels, whose label is their brightest colour."""
    from quant.training.images import Images, cropped_and_flipped

    labels = rng.integers(0, 3, 64)
    images = rng.integers(0, 120, (64, 8, 8, 3))
    images[np.arange(64), :, :, labels] += 130
    return Images(images.astype(np.uint8), labels, cropped_and_flipped)
