"""Batches and how they are varied."""

import numpy as np
import pytest
import torch

from quant.training.images import Images, as_tensor, cropped_and_flipped, moved


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_pixels_are_256ths(rng):
    images = rng.integers(0, 256, (2, 3, 5, 4)).astype(np.uint8)
    found = as_tensor(images)
    assert found.shape == (2, 4, 3, 5)
    assert np.array_equal(found.permute(0, 2, 3, 1).numpy(), (images / 256).astype(np.float32))


def test_crops_are_shifts_and_mirrors_of_the_image(rng):
    images = as_tensor(rng.integers(1, 256, (200, 6, 6, 3)).astype(np.uint8))
    found = cropped_and_flipped(images, generator())
    kinds = set()
    for image, varied in zip(images, found, strict=True):
        padded = torch.nn.functional.pad(image, [4] * 4)
        places = [
            (top, left, mirror)
            for top in range(9)
            for left in range(9)
            for mirror in (False, True)
            if torch.equal(
                padded[:, top : top + 6, left : left + 6].flip(2 if mirror else ()), varied
            )
        ]
        assert places
        kinds.add(places[0])
    assert {top for top, _, _ in kinds} == {left for _, left, _ in kinds} == set(range(9))
    assert {mirror for _, _, mirror in kinds} == {False, True}


@pytest.mark.parametrize("variation", [cropped_and_flipped, moved])
def test_variations_follow_the_generator(variation, rng):
    images = as_tensor(rng.integers(0, 256, (8, 12, 12, 1)).astype(np.uint8))
    one, two, other = (variation(images, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert one.shape == images.shape


def test_wrong_images():
    with pytest.raises(ValueError, match="at least one image of uint8, not 0 of uint8"):
        Images(np.zeros((0, 4, 4, 1), np.uint8), np.zeros(0, np.int64), moved)
    with pytest.raises(ValueError, match="not 2 of float64"):
        Images(np.zeros((2, 4, 4, 1)), np.zeros(2, np.int64), moved)
