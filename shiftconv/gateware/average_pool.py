"""Mean over windows, as a stream."""

import numpy as np
from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.channel_sums import ChannelSums
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.cyclic_memory import CyclicMemory
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds
from shiftconv.gateware.quotient import Quotient

__all__ = ["AveragePool"]

ONES = PowerOfTwo(0)


class AveragePool(wiring.Component):
    """Correctly rounded mean of each window and channel: ``round_half_even(sum / count)``.

    Sums are dot products with ones. Throughput: ``folding.cycles(geometry, channels)`` cycles per
    frame.

    Parameters
    ----------
    geometry : Geometry
    channels : int
    act_format : ActFormat
    folding : PoolFolding
    counts : ndarray of int64, shape (out_height, out_width)
        What each window's sum is divided by.
    kinds : mapping, optional
        Of its memories: rows, columns, counts.

    Members
    -------
    i, o : stream.Signature(beat_layout(act_shape(act_format), folding.in_par))
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        channels: int,
        act_format: ActFormat,
        folding: PoolFolding,
        counts: NDArray[np.int64],
        kinds: MemoryKinds = AUTOMATIC,
    ):
        self.geometry = geometry
        self.channels = channels
        self.act_format = act_format
        self.folding = folding
        self.counts = counts
        self.kinds = kinds
        beat = beat_layout(act_shape(act_format), folding.in_par)
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(beat))})

    @staticmethod
    def count_words(counts: NDArray[np.int64], n_groups: int) -> list[int]:
        """Which divisor each window has, as often as a pixel has beats; one word if all have the
        same."""
        which = np.unique(counts, return_inverse=True)[1].ravel()
        return which.repeat(n_groups).tolist() if which.any() else [0]

    def elaborate(self, platform):
        m = Module()
        fmt, in_par = self.act_format, self.folding.in_par
        k_h, k_w = self.geometry.kernel
        lo, hi = k_h * k_w * fmt.lo, k_h * k_w * fmt.hi
        values = self.folding.values(self.geometry)
        divisors = tuple(np.unique(self.counts).tolist())
        quotients = [Quotient(lo=lo, hi=hi, divisors=divisors) for _ in range(in_par)]

        m.submodules.windows = windows = ChannelWindows(
            geometry=self.geometry,
            channels=self.channels,
            act_format=fmt,
            folding=self.folding,
            fill=0,
            kinds=self.kinds,
        )
        m.submodules.sums = sums = ChannelSums(
            codebook=ONES,
            act=act_shape(fmt),
            values=values,
            par=in_par,
            acc_width=quotients[0].sum_width,
            codes=[int(ONES.encode(np.array([1]))[0]) * ((1 << in_par * values) - 1)],
        )
        n_groups = n_beats(self.channels, in_par)
        words = self.count_words(self.counts, n_groups)
        m.submodules.counts = counts = CyclicMemory(
            width=max(1, (len(divisors) - 1).bit_length()),
            depth=len(words),
            words=words,
            kind=self.kinds.get("counts"),
        )
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(fmt),
            channels=self.channels,
            par=in_par,
            n_pixels=self.geometry.out_height * self.geometry.out_width,
        )
        wiring.connect(m, wiring.flipped(self.i), windows.i)
        wiring.connect(m, windows.o, sums.i)
        leader = quotients[0]
        m.d.comb += [
            sums.o.ready.eq(leader.i.ready & counts.o.valid),
            counts.o.ready.eq(leader.i.ready & sums.o.valid),
            marker.i.valid.eq(leader.o.valid),
        ]
        for channel, quotient in enumerate(quotients):
            m.submodules[f"quotient{channel}"] = quotient
            m.d.comb += [
                quotient.i.valid.eq(sums.o.valid & counts.o.valid),
                quotient.i.p.sum.eq(sums.o.p[channel]),
                Value.cast(quotient.i.p.which).eq(counts.o.p),
                quotient.o.ready.eq(marker.i.ready),
                marker.i.p[channel].eq(quotient.o.p),
            ]
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
