"""Dot products with constant weights: nothing but adders."""

from amaranth.hdl import Cat, Const, Module, Shape, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.adder_graph import AdderGraph, Sum
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.line_buffer import words_layout
from shiftconv.gateware.primitives.ternary_adder import TernaryAdder

__all__ = ["ConstantArray"]


class ConstantArray(wiring.Component):
    """Dot products of a window with every output channel at once, the weights wired in.

    ``o = graph.compute(i.data)``. A register behind every adder; latency
    ``latency`` cycles, throughput one window per cycle. What an :class:`Array` is to weights from a
    memory, where each lane has but one weight for good: a shift is wires, a zero costs nothing, and
    sums that several channels have in common are formed once.

    Parameters
    ----------
    graph : AdderGraph
        Of the weights' matrix: an input for each lane, an output for each channel.
    act_format : ActFormat
    acc_width : int
        Bits of each sum; the caller guarantees that none overflows it.

    Members
    -------
    i : In(stream.Signature(words_layout(act_shape(act_format), lanes)))
        Whole windows.
    o : Out(stream.Signature(ArrayLayout(signed(acc_width), out_par)))
    """

    def __init__(self, graph: AdderGraph, *, act_format: ActFormat, acc_width: int):
        if not graph.n_inputs or not graph.outputs:
            raise ValueError("The graph must have inputs and outputs")
        self.graph = graph
        self.act_format = act_format
        self.acc_width = acc_width
        self.latency = graph.latency
        lanes, out_par = graph.n_inputs, len(graph.outputs)
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(act_shape(act_format), lanes))),
                "o": Out(stream.Signature(data.ArrayLayout(signed(acc_width), out_par))),
            }
        )

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

        for node, terms in enumerate(self.graph.sums, len(after)):
            values = [at(term.node, depths[node] - 1) for term in terms]
            total = _add(m, platform, values, terms, ranges[node])
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


def _add(m: Module, platform, values: list[Value], terms: Sum, bounds: tuple[int, int]) -> Value:
    """A node's value, as wide as its bounds; bits below the second term pass by the adder."""
    width = 1 + max((bound if bound >= 0 else ~bound).bit_length() for bound in bounds)
    base = terms[1].shift
    first = Cat(values[0], values[0][-1].replicate(max(0, base + 1 - len(values[0])))).as_signed()
    if len(terms) == 2:
        high = (first >> base) - values[1] if terms[1].negative else (first >> base) + values[1]
    else:
        high = TernaryAdder(width=max(1, width - base)).add_to(
            m,
            platform,
            (first[base:].as_signed(), values[1], values[2] << terms[2].shift - base),
            ones=[Const(1, 1)] * sum(term.negative for term in terms),
            complements=(False, terms[1].negative, terms[2].negative),
        )
    return Cat(first[:base], high)[:width].as_signed()
