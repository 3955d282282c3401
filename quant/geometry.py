"""Kernel, stride and padding over an image: the geometry that convolution and pooling share."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["Geometry"]

MAX_KERNEL = 11
MAX_STRIDE = 4


@dataclass(frozen=True)
class Geometry:
    """Where windows lie.

    Parameters
    ----------
    height, width : int
        Image size in pixels.
    kernel : (k_h, k_w)
        1 to 11 each.
    stride : (s_h, s_w)
        1 to 4 each.
    padding : (top, left, bottom, right)
        Pixels around the image; less than the kernel on each side.
    """

    height: int
    width: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"Image must have pixels, not {self.height}x{self.width}")
        if not all(1 <= k <= MAX_KERNEL for k in self.kernel):
            raise ValueError(f"Kernel must be from 1 to {MAX_KERNEL} a side, not {self.kernel}")
        if not all(1 <= s <= MAX_STRIDE for s in self.stride):
            raise ValueError(f"Stride must be from 1 to {MAX_STRIDE}, not {self.stride}")
        top, left, bottom, right = self.padding
        k_h, k_w = self.kernel
        if min(self.padding) < 0 or max(top, bottom) >= k_h or max(left, right) >= k_w:
            raise ValueError(
                f"Padding must be from 0 to less than the kernel {self.kernel}, not {self.padding}"
            )
        if self.out_height < 1 or self.out_width < 1:
            raise ValueError(
                f"Kernel {self.kernel} does not fit into the padded image "
                f"{self.height + top + bottom}x{self.width + left + right}"
            )

    @property
    def out_height(self) -> int:
        """Rows of windows."""
        top, _, bottom, _ = self.padding
        return (self.height + top + bottom - self.kernel[0]) // self.stride[0] + 1

    @property
    def out_width(self) -> int:
        """Windows in a row."""
        _, left, _, right = self.padding
        return (self.width + left + right - self.kernel[1]) // self.stride[1] + 1

    def windows(self, act: NDArray, fill: float) -> NDArray:
        """Every window of a batch of images, as a view where possible.

        Parameters
        ----------
        act : ndarray, shape (n, height, width, channels)
        fill : float
            Value of the padding.

        Returns
        -------
        ndarray, shape (n, out_height, out_width, channels, k_h, k_w)
        """
        top, left, bottom, right = self.padding
        padded = np.pad(act, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
        views = sliding_window_view(padded, self.kernel, axis=(1, 2))
        return views[:, :: self.stride[0], :: self.stride[1]]
