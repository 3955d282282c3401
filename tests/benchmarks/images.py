"""Which data set of several folders a network is for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import load_dataset

__all__ = ["images_for"]


def images_for(
    in_shape: tuple[int, int, int], folders: Sequence[Path], split: str = "test"
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Images and labels of the first folder whose images have that shape.

    Raises
    ------
    ValueError
        If there is none.
    """
    shapes = []
    for folder in folders:
        images, labels = load_dataset(folder, split)
        if images.shape[1:] == in_shape:
            return images, labels
        shapes.append(f"{folder} {images.shape[1:]}")
    raise ValueError(f"No images of shape {in_shape} in {', '.join(shapes) or 'no folder at all'}")
