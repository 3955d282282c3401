"""Accumulator back to activation."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape

__all__ = ["Requantize"]


class Requantize(wiring.Component):
    """Bring an accumulator back to an activation.

    ``o = clamp(round_half_even(acc * 2**-(shift_min + shift)))``. Latency 2 cycles, throughput 1
    per cycle.

    Parameters
    ----------
    acc_width : int
        Bits of the signed accumulator.
    out_format : ActFormat
    shift_min, shift_max : int
        Range of the right shift; negative is to the left.

    Members
    -------
    i : In(stream.Signature(StructLayout({"acc": signed(acc_width), "shift": shift_width})))
    o : Out(stream.Signature(act_shape(out_format)))
    """

    def __init__(self, *, acc_width: int, out_format: ActFormat, shift_min: int, shift_max: int):
        if acc_width < 1:
            raise ValueError(f"Accumulator width must be a positive integer, not {acc_width!r}")
        if not -32 <= shift_min <= shift_max <= 63:
            raise ValueError(
                f"Shifts must lie from -32 to 63 in ascending order, not {shift_min} to {shift_max}"
            )
        self.acc_width = acc_width
        self.out_format = out_format
        self.shift_min = shift_min
        self.shift_max = shift_max
        self.shift_width = (shift_max - shift_min).bit_length()
        self.latency = 2
        layout = data.StructLayout({"acc": signed(acc_width), "shift": self.shift_width})
        super().__init__(
            {
                "i": In(stream.Signature(layout)),
                "o": Out(stream.Signature(act_shape(out_format))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        advance = Signal()
        m.d.comb += [advance.eq(~self.o.valid | self.o.ready), self.i.ready.eq(advance)]

        # Shift right, keeping one bit below the point (the guard, in bit 0) and whether anything
        # lower was set (sticky).
        kept, sticky = self._fixed_shift(self.i.p.acc)
        for bit in range(self.shift_width):
            amount = min(2**bit, len(kept))
            take = self.i.p.shift[bit]
            sticky = sticky | (take & kept[:amount].any())
            kept = Mux(take, kept >> amount, kept).as_signed()
        shifted = Signal(signed(len(kept)), reset_less=True)
        rest = Signal(reset_less=True)
        valid = Signal()
        with m.If(advance):
            m.d.sync += [shifted.eq(kept), rest.eq(sticky), valid.eq(self.i.valid)]

        # Round half to even, then saturate.
        floor = shifted[1:].as_signed()
        up = shifted[0] & (rest | floor[0])
        rounded = Signal(signed(max(len(floor) + 1, self.out_format.width + 2)))
        m.d.comb += rounded.eq(floor + up)
        clamped = self._clamp(rounded)
        with m.If(advance):
            m.d.sync += [self.o.valid.eq(valid), self.o.p.eq(clamped)]
        return m

    def _fixed_shift(self, acc):
        """The part of the shift that all channels share: wires only, but for the sticky bit."""
        if self.shift_min <= 0:
            return Cat(Const(0, 1 - self.shift_min), acc).as_signed(), Const(0, 1)
        dropped = self.shift_min - 1
        extended = Cat(acc, acc[-1].replicate(max(0, self.shift_min - self.acc_width) + 1))
        return extended[dropped:].as_signed(), acc[: min(dropped, self.acc_width)].any()

    def _clamp(self, value):
        """Saturate by looking at the bits above the format, of which there is at least one."""
        shape: Shape = self.o.p.shape()
        magnitude = shape.width - shape.signed
        negative, above = value[-1], value[magnitude:-1]
        lowest = self.out_format.lo
        fits = (
            Mux(negative & ~above.all(), lowest, value)
            if shape.signed
            else (Mux(negative, 0, value))
        )
        return Mux(~negative & above.any(), self.out_format.hi, fits)
