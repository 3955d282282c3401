"""In which order a line buffer gives the words of a row of windows."""

from dataclasses import dataclass

from quant.geometry import Geometry

__all__ = ["ReadOrder", "SlidingSteps"]


@dataclass(frozen=True)
class ReadOrder:
    """Nested loops over the words of an image row; a word is a beat of ``in_par`` channels.

    For each of ``n_windows`` windows, ``n_passes`` passes of ``n_inner`` words; the word read is
    ``start + window * window_step + pass * pass_step + inner * inner_step``, counted from the row's
    first; words outside the row are padding.
    """

    start: int
    n_windows: int
    window_step: int
    n_passes: int
    pass_step: int
    n_inner: int
    inner_step: int

    @classmethod
    def convolution(cls, geo: Geometry, n_in: int, repeat: int) -> "ReadOrder":
        """All words of a window, ``repeat`` times: once for each fold over output channels."""
        return cls(
            start=-geo.padding[1] * n_in,
            n_windows=geo.out_width,
            window_step=geo.stride[1] * n_in,
            n_passes=repeat,
            pass_step=0,
            n_inner=geo.kernel[1] * n_in,
            inner_step=1,
        )

    @classmethod
    def pooling(cls, geo: Geometry, n_in: int) -> "ReadOrder":
        """A window's words, one group of channels after the other."""
        return cls(
            start=-geo.padding[1] * n_in,
            n_windows=geo.out_width,
            window_step=geo.stride[1] * n_in,
            n_passes=n_in,
            pass_step=1,
            n_inner=geo.kernel[1],
            inner_step=n_in,
        )

    @classmethod
    def scan(cls, geo: Geometry, n_in: int) -> "ReadOrder":
        """Each word once, from left to right, as far as any window reaches."""
        return cls(
            start=0,
            n_windows=1,
            window_step=0,
            n_passes=1,
            pass_step=0,
            n_inner=SlidingSteps(geo).n_columns * n_in,
            inner_step=1,
        )

    @property
    def max_offset(self) -> int:
        """Largest word number read."""
        return (
            self.start
            + (self.n_windows - 1) * self.window_step
            + (self.n_passes - 1) * self.pass_step
            + (self.n_inner - 1) * self.inner_step
        )


@dataclass(frozen=True)
class SlidingSteps:
    """Steps in which a window slides over a row, one column a step.

    Columns right of the image take ``n_pending`` steps. ``n_shared`` of them at the same time load
    the first columns of the next row, so that padding costs nothing.
    """

    geometry: Geometry

    @property
    def n_preload(self) -> int:
        """Columns loaded before the first window is complete."""
        return self.geometry.kernel[1] - 1 - self.geometry.padding[1]

    @property
    def reach(self) -> int:
        """Columns up to the right edge of the last window."""
        return (self.geometry.out_width - 1) * self.geometry.stride[1] + self.n_preload + 1

    @property
    def n_columns(self) -> int:
        """Image columns that any window needs."""
        return min(self.geometry.width, self.reach)

    @property
    def n_pending(self) -> int:
        """Steps right of the image."""
        return max(0, self.reach - self.geometry.width)

    @property
    def n_shared(self) -> int:
        """Pending steps that load the next row's columns."""
        shared = min(self.n_pending, self.n_preload)
        return shared if shared <= self.n_columns else 0

    @property
    def per_row(self) -> int:
        """Steps per row of windows, in steady state."""
        return self.n_columns + self.n_pending - self.n_shared
