"""Frames as the bytes of a stream: the one place that says how values lie in them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FrameLayout", "pack", "unpack"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class FrameLayout:
    """How the values of a frame lie in the bytes of its AXI4-Stream.

    Pixels follow each other in raster order. A pixel is ``beats_per_pixel`` beats of ``par``
    channels, ascending; places of its last beat that have no channel carry zero. A value is
    ``value_bytes`` bytes, the lowest first, extended by its sign; of what an accelerator takes, the
    bits above ``width`` do not matter.

    Parameters
    ----------
    shape : (height, width, channels)
    width : int
        Bits of a value, at most 63.
    signed : bool
    frac : int
        The integer ``x`` stands for ``x * 2**-frac``.
    par : int
        Channels per beat.
    """

    shape: tuple[int, int, int]
    width: int
    signed: bool
    frac: int
    par: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(self.shape))
        if len(self.shape) != 3 or min(*self.shape, self.par) < 1:
            raise ValueError(
                f"A frame needs a height, a width, channels and channels per beat, all positive, "
                f"not {self.shape} and {self.par!r}"
            )
        if not 1 <= self.width <= 63:
            raise ValueError(f"A value must have 1 to 63 bits, not {self.width!r}")

    @property
    def lo(self) -> int:
        """Least value."""
        return -(2 ** (self.width - 1)) if self.signed else 0

    @property
    def hi(self) -> int:
        """Greatest value."""
        return 2 ** (self.width - 1 if self.signed else self.width) - 1

    @property
    def values(self) -> int:
        """Values of a frame."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def value_bytes(self) -> int:
        return -(-self.width // 8)

    @property
    def beat_bytes(self) -> int:
        """Bytes of TDATA."""
        return self.par * self.value_bytes

    @property
    def beats_per_pixel(self) -> int:
        return -(-self.shape[2] // self.par)

    @property
    def pixel_bytes(self) -> int:
        """Bytes from one pixel to the next."""
        return self.beats_per_pixel * self.beat_bytes

    @property
    def frame_bytes(self) -> int:
        return self.shape[0] * self.shape[1] * self.pixel_bytes

    def as_dict(self) -> dict[str, Any]:
        """The parameters, as the manifest keeps them."""
        return asdict(self)


def pack(frames: IntArray, layout: FrameLayout) -> NDArray[np.uint8]:
    """Bytes of frames.

    Parameters
    ----------
    frames : ndarray of integers, shape (n, height, width, channels)
    layout : FrameLayout

    Returns
    -------
    ndarray of uint8, shape (n, layout.frame_bytes)

    Raises
    ------
    ValueError
        If the shape is another, or a value does not fit.

    Examples
    --------
    >>> layout = FrameLayout(shape=(1, 1, 3), width=12, signed=True, frac=0, par=2)
    >>> pack(np.array([[[[1, -2, 3]]]]), layout).tolist()
    [[1, 0, 254, 255, 3, 0, 0, 0]]
    """
    frames = np.asarray(frames)
    if frames.shape[1:] != layout.shape or not np.issubdtype(frames.dtype, np.integer):
        raise ValueError(
            f"Frames must be integers of shape (n, {', '.join(map(str, layout.shape))}), "
            f"not {frames.dtype} of shape {frames.shape}"
        )
    if frames.size and (frames.min() < layout.lo or frames.max() > layout.hi):
        raise ValueError(
            f"Values must lie from {layout.lo} to {layout.hi}, not from {frames.min()} to "
            f"{frames.max()}"
        )
    surplus = layout.beats_per_pixel * layout.par - layout.shape[2]
    padded = np.pad(frames, ((0, 0), (0, 0), (0, 0), (0, surplus)))
    as_bytes = padded.astype("<i8").view(np.uint8).reshape(-1, 8)[:, : layout.value_bytes]
    return np.ascontiguousarray(as_bytes).reshape(-1, layout.frame_bytes)


def unpack(data: NDArray[np.uint8], layout: FrameLayout) -> IntArray:
    """Values of frames; inverse of :func:`pack`.

    Parameters
    ----------
    data : ndarray of uint8
        Whole frames, one after the other, in any shape.
    layout : FrameLayout

    Returns
    -------
    ndarray of int64, shape (n, height, width, channels)

    Raises
    ------
    ValueError
        If the last frame is not whole.
    """
    if data.size % layout.frame_bytes:
        raise ValueError(
            f"Bytes of frames must be a multiple of {layout.frame_bytes}, not {data.size}"
        )
    wide = np.zeros((data.size // layout.value_bytes, 8), np.uint8)
    wide[:, : layout.value_bytes] = data.reshape(-1, layout.value_bytes)
    surplus = 64 - layout.width
    shifted = wide.view("<i8").reshape(-1) << surplus
    values = shifted >> surplus if layout.signed else shifted.view(np.uint64) >> np.uint64(surplus)
    per_pixel = layout.beats_per_pixel * layout.par
    pixels = values.astype(np.int64).reshape(-1, per_pixel)[:, : layout.shape[2]]
    return pixels.reshape(-1, *layout.shape)
