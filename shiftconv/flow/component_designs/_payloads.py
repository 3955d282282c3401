"""Payload bits of streams, from integers."""

import numpy as np
from numpy.typing import NDArray

from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.packing import concatenate

__all__ = ["image_payloads", "word_parts"]

IntArray = NDArray[np.int64]


def image_payloads(images: IntArray, width: int, par: int) -> list[int]:
    """Payload bits of every beat of a batch of images."""
    _, height, image_width, channels = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, -channels % par)))
    per_frame = height * image_width * n_beats(channels, par)
    return [
        concatenate(beat, width) | ((at + 1) % per_frame == 0) << par * width
        for at, beat in enumerate(padded.reshape(-1, par))
    ]


def word_parts(words: list[int], width: int, nword_parts: int) -> list[int]:
    """Words cut into parts, the lowest first."""
    return [word >> n * width & (2**width - 1) for word in words for n in range(nword_parts)]
