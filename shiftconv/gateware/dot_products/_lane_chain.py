"""A few lanes and the chain of adders that does their last steps."""

from amaranth.hdl import Cat, Module, Shape, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._chain_lane import ChainLane, last_step
from shiftconv.gateware.dot_products._shift_stages import term_width
from shiftconv.gateware.primitives.ccu2c import LookUpAdder
from shiftconv.gateware.primitives.lut4 import lut4

__all__ = ["LaneChain"]


class LaneChain(wiring.Component):
    """Sum the products of a few lanes, one adder after the other.

    ``total + one == sum over lanes of act * level(code)``. Latency ``latency`` cycles in which
    ``en`` is high, throughput 1 per such cycle. The operands of a lane wait for the sum of those
    before it.

    Parameters
    ----------
    codebook : PowerOfTwo
    act : ShapeLike
        Activation, signed or unsigned.
    lanes : int
        At least 1.

    Members
    -------
    en : In(1)
    act : In(ArrayLayout(act, lanes))
    code : In(ArrayLayout(codebook.code_width, lanes))
    total : Out(signed(total_width))
    one : Out(1)
        The first lane's: the others' are on the carry inputs.
    """

    def __init__(self, *, codebook: PowerOfTwo, act, lanes: int):
        self.codebook = codebook
        self.act_shape = Shape.cast(act)
        self.lanes = lanes
        self.latency = self.latency_of(lanes)
        self.total_width = term_width(codebook, act) + (lanes - 1).bit_length()
        super().__init__(
            {
                "en": In(1),
                "act": In(data.ArrayLayout(act, lanes)),
                "code": In(data.ArrayLayout(codebook.code_width, lanes)),
                "total": Out(signed(self.total_width)),
                "one": Out(1),
            }
        )

    @staticmethod
    def latency_of(lanes: int) -> int:
        """Cycles from operands to their ``total``."""
        return max(2, lanes)

    def elaborate(self, platform):
        m = Module()
        lanes = [ChainLane(codebook=self.codebook, act=self.act_shape) for _ in range(self.lanes)]
        for n, lane in enumerate(lanes):
            m.submodules[f"lane{n}"] = lane
            operands = self._delayed(m, n - 1, Cat(self.act[n], self.code[n]))
            m.d.comb += [lane.en.eq(self.en), Cat(lane.act, lane.code).eq(operands)]

        # The first lane's last step takes LUTs of its own.
        function = last_step(self.codebook)
        first, *others = lanes
        places = zip(first.first, first.second, first.control, strict=True)
        term = Cat(lut4(m, platform, function, *place) for place in places).as_signed()
        if not others:
            m.d.comb += [
                self.total.eq(self._delayed(m, 1, term)),
                self.one.eq(self._delayed(m, 1, first.ones)),
            ]
            return m

        for n, lane in enumerate(others, start=1):
            width = term_width(self.codebook, self.act_shape) + n.bit_length()
            # Above width 1 the sign, which is the carry, is what a shift brings in from below.
            m.submodules[f"adder{n}"] = adder = LookUpAdder(
                width=width, function=function, carry_fills=self.codebook.exponent_width > 1
            )
            m.d.comb += [
                adder.a.eq(term),
                adder.b.eq(lane.first.as_signed()),
                adder.c.eq(lane.second.as_signed()),
                adder.d.eq(lane.control.as_signed()),
                adder.carry.eq(lane.ones),
            ]
            term = self._delayed(m, 1, adder.total)
        m.d.comb += [self.total.eq(term), self.one.eq(self._delayed(m, len(others), first.ones))]
        return m

    def _delayed(self, m: Module, cycles: int, value: Value) -> Value:
        """The value some cycles later; at once for none or fewer."""
        for _ in range(cycles):
            register = Signal(value.shape(), reset_less=True, name="delayed")
            with m.If(self.en):
                m.d.sync += register.eq(value)
            value = register
        return value
