"""What stands before an array, and which pixels its words must hold in which order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from amaranth.hdl import Shape
from amaranth.lib import wiring
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.folding import PoolFolding, WindowMode
from shiftconv.gateware.line_buffer import LineBuffer
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.window_slider import WindowSlider
from shiftconv.gateware.window_store import WindowStore

__all__ = ["FRONTS", "PADDING", "Front", "Image", "Word"]

PADDING = -1
REPEAT = 2


@dataclass(frozen=True)
class Image:
    """Size of an image and of its beats.

    Parameters
    ----------
    geometry : Geometry
    channels, in_par : int
    act : Shape
    """

    geometry: Geometry
    channels: int
    in_par: int
    act: Shape

    @property
    def n_in(self) -> int:
        """Beats per pixel."""
        return n_beats(self.channels, self.in_par)

    @property
    def n_beats(self) -> int:
        """Beats per frame."""
        return self.geometry.height * self.geometry.width * self.n_in

    def windows(self) -> NDArray[np.int64]:
        """Number of the activation in its frame, idle lanes counted, for each place of a window.

        Returns
        -------
        ndarray of int64, shape (out_height * out_width, n_in, in_par, k_h, k_w)
        """
        geo = self.geometry
        numbers = np.arange(self.n_beats * self.in_par).reshape(1, geo.height, geo.width, -1)
        windows = geo.windows(numbers, PADDING)
        return windows.reshape(-1, self.n_in, self.in_par, *geo.kernel)


@dataclass(frozen=True)
class Word:
    """What one transfer must hold.

    Parameters
    ----------
    values : ndarray of int64
        Numbers as :meth:`Image.windows` has them, the first lowest.
    first, last : bool
        Marks of a pass.
    """

    values: NDArray[np.int64]
    first: bool
    last: bool


@dataclass(frozen=True)
class Front:
    """Components in a row, and the words that leave the last.

    Parameters
    ----------
    make : callable
    passes : callable
        For each pass over a window its words, as arrays of numbers.
    """

    make: Callable[[Image], list[wiring.Component]]
    passes: Callable[[Image], Iterator[list[NDArray[np.int64]]]]

    def words(self, image: Image) -> list[Word]:
        """All words of a frame, in order."""
        return [
            Word(values, n == 0, n == len(words) - 1)
            for words in self.passes(image)
            for n, values in enumerate(words)
        ]


def _line_buffer(order: ReadOrder, image: Image, *, whole_columns: bool) -> LineBuffer:
    return LineBuffer(
        geometry=image.geometry,
        channels=image.channels,
        act=image.act,
        in_par=image.in_par,
        order=order,
        whole_columns=whole_columns,
    )


def _pixels(image: Image) -> list[wiring.Component]:
    order = ReadOrder.convolution(image.geometry, image.n_in, REPEAT)
    return [_line_buffer(order, image, whole_columns=False)]


def _pixel_passes(image: Image) -> Iterator[list[NDArray[np.int64]]]:
    for window in image.windows().repeat(REPEAT, axis=0):
        n_in, _, k_h, k_w = window.shape
        yield [window[g, :, i, j] for i in range(k_h) for j in range(k_w) for g in range(n_in)]


def _columns(image: Image) -> list[wiring.Component]:
    order = ReadOrder.convolution(image.geometry, image.n_in, REPEAT)
    return [_line_buffer(order, image, whole_columns=True)]


def _column_passes(image: Image) -> Iterator[list[NDArray[np.int64]]]:
    for window in image.windows().repeat(REPEAT, axis=0):
        n_in, _, _, k_w = window.shape
        yield [window[g, :, :, j].T.ravel() for j in range(k_w) for g in range(n_in)]


def _sliding(image: Image) -> list[wiring.Component]:
    slider = WindowSlider(
        geometry=image.geometry, n_words=image.n_in, act=image.act, in_par=image.in_par
    )
    order = ReadOrder.scan(image.geometry, image.n_in)
    return [_line_buffer(order, image, whole_columns=True), slider]


def _sliding_passes(image: Image) -> Iterator[list[NDArray[np.int64]]]:
    for window in image.windows():
        yield [group.transpose(1, 2, 0).ravel() for group in window]


def _whole(image: Image) -> list[wiring.Component]:
    k_h, k_w = image.geometry.kernel
    store = WindowStore(
        n_pixels=k_h * k_w,
        channels=image.channels,
        act=image.act,
        in_par=image.in_par,
        repeat=REPEAT,
    )
    order = ReadOrder.convolution(image.geometry, image.n_in, 1)
    return [_line_buffer(order, image, whole_columns=False), store]


def _whole_passes(image: Image) -> Iterator[list[NDArray[np.int64]]]:
    for window in image.windows().repeat(REPEAT, axis=0):
        channels = window.reshape(-1, *image.geometry.kernel)[: image.channels]
        yield [channels.transpose(1, 2, 0).ravel()]


def _pooling(mode: WindowMode, image: Image) -> list[wiring.Component]:
    act_format = ActFormat(image.act.width, 0, image.act.signed)
    return [
        ChannelWindows(
            geometry=image.geometry,
            channels=image.channels,
            act_format=act_format,
            folding=PoolFolding(mode=mode, in_par=image.in_par),
            fill=0,
        )
    ]


def _pooling_passes(mode: WindowMode, image: Image) -> Iterator[list[NDArray[np.int64]]]:
    for window in image.windows():
        for group in window:
            _, k_h, k_w = group.shape
            yield {
                "pixel": [group[:, i, j] for i in range(k_h) for j in range(k_w)],
                "column": [group[:, :, j].T.ravel() for j in range(k_w)],
                "sliding": [group.transpose(1, 2, 0).ravel()],
            }[mode]


FRONTS: Mapping[str, Front] = {
    "conv_pixel": Front(_pixels, _pixel_passes),
    "conv_column": Front(_columns, _column_passes),
    "conv_sliding": Front(_sliding, _sliding_passes),
    "conv_whole": Front(_whole, _whole_passes),
    "pool_pixel": Front(partial(_pooling, "pixel"), partial(_pooling_passes, "pixel")),
    "pool_column": Front(partial(_pooling, "column"), partial(_pooling_passes, "column")),
    "pool_sliding": Front(partial(_pooling, "sliding"), partial(_pooling_passes, "sliding")),
}
