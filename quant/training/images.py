"""Training images in memory, and how they are varied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from quant.datasets import load_dataset

__all__ = ["Images", "Variation", "as_tensor", "cropped_and_flipped", "moved"]

MARGIN = 4

Variation = Callable[[Tensor, torch.Generator], Tensor]


def as_tensor(images: NDArray[np.uint8] | Tensor) -> Tensor:
    """Pixels as a network takes them.

    Parameters
    ----------
    images : ndarray or Tensor of uint8, shape (n, height, width, channels)

    Returns
    -------
    Tensor of float32, shape (n, channels, height, width)
        A pixel ``p`` as ``p / 256``; channels are last in memory.
    """
    pixels = images if isinstance(images, Tensor) else torch.tensor(images)
    return pixels.permute(0, 3, 1, 2).float() / 256


def moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, scaled, sheared and shifted a little at random: digits."""
    identity = torch.eye(2, 3).expand(len(images), 2, 3)
    reach = torch.tensor([[0.15, 0.15, 0.1], [0.15, 0.15, 0.1]])
    moves = identity + reach * (2 * torch.rand(len(images), 2, 3, generator=generator) - 1)
    grid = functional.affine_grid(moves, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def cropped_and_flipped(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image shifted by up to four pixels each way, black behind it, every second mirrored."""
    n, _, height, width = images.shape
    padded = functional.pad(images, [MARGIN] * 4).permute(0, 2, 3, 1)
    top, left = torch.randint(0, 2 * MARGIN + 1, (2, n, 1), generator=generator)
    rows, columns = top + torch.arange(height), left + torch.arange(width)
    mirror = torch.rand(n, 1, generator=generator) < 0.5
    columns = torch.where(mirror, columns.flip(1), columns)
    chosen = padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return chosen.permute(0, 3, 1, 2)


class Images:
    """Labelled images, varied batch by batch.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
    labels : ndarray of int64, shape (n,)
    variation : callable
        From a batch as :func:`as_tensor` gives it, and a generator, to a batch of the same shape.
    """

    def __init__(
        self, images: NDArray[np.uint8], labels: NDArray[np.int64], variation: Variation
    ) -> None:
        if not len(images) or images.dtype != np.uint8:
            raise ValueError(
                f"Training needs at least one image of uint8, not {len(images)} of {images.dtype}"
            )
        self.images = torch.tensor(images)
        self.labels = torch.tensor(labels)
        self.variation = variation

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Varied images and labels of the given indices."""
        return self.variation(as_tensor(self.images[chosen]), generator), self.labels[chosen]

    @classmethod
    def from_folder(cls, folder: Path) -> "Images":
        """Training split of a data set on disk: digits are moved, colours cropped and flipped."""
        images, labels = load_dataset(folder, "train")
        return cls(images, labels, moved if images.shape[3] == 1 else cropped_and_flipped)
