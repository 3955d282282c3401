"""Dot products with constant weights: nothing but adders."""

from functools import lru_cache

import numpy as np
from amaranth.hdl import Cat, Const, Module, Shape, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from shiftconv.gateware.adder_graph import AdderGraph, Sum
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.line_buffer import words_layout

__all__ = ["ConstantArray"]


@lru_cache(maxsize=64)
def _graph(levels: bytes, shape: tuple[int, int], input_width: int) -> AdderGraph:
    """Graph of a matrix, searched for once: planning asks for its depth, building for all of it."""
    matrix = np.frombuffer(levels, np.int64).reshape(shape)
    return AdderGraph.of_matrix(matrix, input_width=input_width)


class ConstantArray(wiring.Component):
    """Dot products of a window with every output channel at once, the weights wired in.

    ``o[n] = sum over lanes of i.data * levels[:, n]``. A register behind every adder; latency
    ``latency`` cycles, throughput one window per cycle. What an :class:`Array` is to weights from a
    memory, where each lane has but one weight for good: a shift is wires, a zero costs nothing, and
    sums that several channels have in common are formed once.

    Parameters
    ----------
    levels : ndarray of int64, shape (lanes, out_par)
    act_format : ActFormat
    acc_width : int
        Bits of each sum; the caller guarantees that none overflows it.

    Members
    -------
    i : In(stream.Signature(words_layout(act_shape(act_format), lanes)))
        Whole windows.
    o : Out(stream.Signature(ArrayLayout(signed(acc_width), out_par)))
    """

    def __init__(self, levels: NDArray[np.int64], *, act_format: ActFormat, acc_width: int):
        if levels.ndim != 2 or not levels.size:
            raise ValueError(f"Levels must be a matrix that is not empty, not {levels.shape}")
        self.act_format = act_format
        self.acc_width = acc_width
        self.graph = _graph(levels.tobytes(), levels.shape, act_format.width)
        self.latency = self.latency_of(levels, act_format)
        lanes, out_par = levels.shape
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(act_shape(act_format), lanes))),
                "o": Out(stream.Signature(data.ArrayLayout(signed(acc_width), out_par))),
            }
        )

    @staticmethod
    def latency_of(levels: NDArray[np.int64], act_format: ActFormat) -> int:
        """Cycles from a window to its sums: the adders on the longest way, at least 1."""
        graph = _graph(levels.tobytes(), levels.shape, act_format.width)
        depths = graph.depths()
        used = [output for output in graph.outputs if output is not None]
        return max([1, *(depths[output.node] + output.negative for output in used)])

    def elaborate(self, platform):
        m = Module()
        advance = Signal()
        m.d.comb += [advance.eq(~self.o.valid | self.o.ready), self.i.ready.eq(advance)]

        def register(value: Value, name: str, **options) -> Signal:
            kept = Signal(Shape.cast(value.shape()), name=name, **options)
            with m.If(advance):
                m.d.sync += kept.eq(value)
            return kept

        valid = self.i.valid
        for n in range(self.latency):
            valid = register(valid, f"valid{n}")
        m.d.comb += self.o.valid.eq(valid)

        # Each node's value after 0, 1, ... registers, the first of them its adder's own.
        depths = self.graph.depths()
        ranges = self.graph.ranges(self.act_format.lo, self.act_format.hi)
        after: list[list[Value]] = [[_signed(act)] for act in self.i.p.data]

        def at(node: int, time: int) -> Value:
            values = after[node]
            while len(values) <= time - depths[node]:
                name = f"node{node}_{depths[node] + len(values)}"
                values.append(register(values[-1], name, reset_less=True))
            return values[time - depths[node]]

        for node, each in enumerate(self.graph.sums, len(after)):
            time = depths[node] - 1
            total = _add(at(each.left, time), at(each.right, time), each, ranges[node])
            after.append([register(total, f"sum{node}", reset_less=True)])
        for channel, output in zip(self.o.p, self.graph.outputs, strict=True):
            if output is None:
                continue
            value = output.of(at(output.node, self.latency - output.negative))
            if output.negative:
                value = register(value, "negated", reset_less=True)
            m.d.comb += channel.eq(value)
        return m


def _signed(act: Value) -> Value:
    """An activation with a sign."""
    return act if act.shape().signed else Cat(act, Const(0, 1)).as_signed()


def _add(left: Value, right: Value, sum_: Sum, bounds: tuple[int, int]) -> Value:
    """A node's value, as wide as its bounds; the lowest bits of ``left`` pass by the adder."""
    left = Cat(left, left[-1].replicate(max(0, sum_.shift + 1 - len(left)))).as_signed()
    low, high = left[: sum_.shift], left >> sum_.shift
    high = high - right if sum_.subtract else high + right
    width = 1 + max((bound if bound >= 0 else ~bound).bit_length() for bound in bounds)
    return Cat(low, high)[:width].as_signed()
