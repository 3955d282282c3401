"""Images of a data set as PNG, for pages that carry their pictures in themselves."""

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["png_uri"]

GREY, RGB = 0, 2


def png_uri(image: NDArray[Any]) -> str:
    """An image as a ``data:`` address.

    Parameters
    ----------
    image : ndarray of uint8 or floating point, shape (height, width, channels)
        Three channels are colours; of any other number the first is shown, in grey. Floats are
        stretched from black to white.
    """
    pixels = image if image.shape[2] == 3 else image[:, :, :1]
    if pixels.dtype != np.uint8:
        low, high = float(pixels.min()), float(pixels.max())
        pixels = np.round((pixels - low) / max(high - low, 1e-30) * 255).astype(np.uint8)
    height, width, channels = pixels.shape
    kind = RGB if channels == 3 else GREY
    # Each row begins with the number of its filter: none.
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    content = b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )
    return "data:image/png;base64," + base64.b64encode(content).decode()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )
