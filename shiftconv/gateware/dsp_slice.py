"""One slice of UltraScale+'s multiplier blocks, and its portable twin."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of

__all__ = ["MAX_DELAY", "SUM_WIDTH", "DspSlice"]

MAX_DELAY = 3
MULTIPLICAND_WIDTH, MULTIPLIER_WIDTH, SUM_WIDTH = 27, 18, 48

# Registers of the paths of A, D, their sum, B and the product that make up each delay.
REGISTERS = {
    1: {"AREG": 0, "DREG": 0, "ADREG": 0, "BREG": 0, "MREG": 1},
    2: {"AREG": 1, "DREG": 1, "ADREG": 0, "BREG": 1, "MREG": 1},
    3: {"AREG": 1, "DREG": 1, "ADREG": 1, "BREG": 2, "MREG": 1},
}
UNREGISTERED = ("CREG", "OPMODEREG", "ALUMODEREG", "INMODEREG", "CARRYINREG", "CARRYINSELREG")

# Registers by their clock enables and resets.
ENABLED = ("A1", "A2", "AD", "B1", "B2", "D", "M")
IDLE = ("ALUMODE", "C", "CARRYIN", "CTRL", "INMODE")
CLEARED = ("A", "ALLCARRYIN", "ALUMODE", "B", "C", "CTRL", "D", "INMODE", "M", "P")

# DSP48E2 user guide (UG579), tables of OPMODE and INMODE.
X_AND_Y_PRODUCT, Z_CASCADE, W_SUM, W_ADDEND = 0b0101, 1 << 4, 1 << 7, 3 << 7
ADD_D_TO_A = 0b00100


class DspSlice(wiring.Component):
    """Multiply, add up, and keep the sum if so wanted: one DSP48E2 on UltraScale+.

    ``sum = (high + low) * b + cascade_in + addend``, the product ``delay`` moves late; of a slice
    that accumulates ``+ (0 if restart else total)`` instead of the addend. A registered slice
    gives its sum one move later. All arithmetic is modulo 2**48.

    Parameters
    ----------
    delay : int
        Moves that an operand waits in the slice's own registers, 1 to 3.
    registered : bool
        Whether ``total`` is a register.
    adds : bool
        Whether there is an ``addend``.
    accumulates : bool
        Whether ``total`` is added; only of a registered slice without an addend.

    Members
    -------
    en : In(1)
        Every register moves when high.
    high, low : In(signed(27))
        Their sum, which must fit 27 bits, is multiplied.
    b : In(signed(18))
    cascade_in : In(signed(48))
        Another slice's ``cascade``, or zero.
    addend : In(signed(48))
    restart, accumulate : In(1)
        Only of a slice that accumulates: of the sum that the product is now in, as
        :class:`DotProduct` has them.
    total, cascade : Out(signed(48))
        The same; the second one may go nowhere but to a ``cascade_in``.
    """

    def __init__(self, *, delay: int, registered: bool, adds: bool, accumulates: bool = False):
        if not 1 <= delay <= MAX_DELAY:
            raise ValueError(f"Delay must be an integer from 1 to {MAX_DELAY}, not {delay!r}")
        if accumulates and (adds or not registered):
            raise ValueError("A slice that accumulates is registered and has no addend")
        self.delay = delay
        self.registered = registered
        self.adds = adds
        self.accumulates = accumulates
        super().__init__(
            {
                "en": In(1),
                "high": In(signed(MULTIPLICAND_WIDTH)),
                "low": In(signed(MULTIPLICAND_WIDTH)),
                "b": In(signed(MULTIPLIER_WIDTH)),
                "cascade_in": In(signed(SUM_WIDTH)),
                "addend": In(signed(SUM_WIDTH)),
                "restart": In(1),
                "accumulate": In(1),
                "total": Out(signed(SUM_WIDTH)),
                "cascade": Out(signed(SUM_WIDTH)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if family_of(platform) == "xcup":
            m.submodules.dsp = self._primitive()
        else:
            self._describe(m)
        return m

    def _describe(self, m):
        """The portable twin."""
        product = self.high.as_signed() + self.low
        product = product[:MULTIPLICAND_WIDTH].as_signed() * self.b
        for n in range(self.delay):
            waiting = Signal(product.shape(), reset_less=True, name=f"product{n}")
            with m.If(self.en):
                m.d.sync += waiting.eq(product)
            product = waiting
        total = product + self.cascade_in
        if self.adds:
            total = total + self.addend
        if self.accumulates:
            total = total + Mux(self.restart, 0, self.total)
        if self.registered:
            kept = Signal.like(self.total, reset_less=True)
            with m.If(self.en & self.accumulate if self.accumulates else self.en):
                m.d.sync += kept.eq(total)
            total = kept
        m.d.comb += [self.total.eq(total), self.cascade.eq(self.total)]

    def _primitive(self) -> Instance:
        """The vendor's block."""
        opmode = X_AND_Y_PRODUCT | Z_CASCADE | (W_ADDEND if self.adds else 0)
        keep = Const(opmode, 9)
        if self.accumulates:
            keep = Cat(Const(opmode, 7), self.restart, Const(0, 1))
        registers = {
            **REGISTERS[self.delay],
            **dict.fromkeys(UNREGISTERED, 0),
            "PREG": int(self.registered),
        }
        registers["ACASCREG"], registers["BCASCREG"] = registers["AREG"], registers["BREG"]
        multiplicand = Cat(self.high, self.high[-1].replicate(3))
        # fmt: off
        return Instance(
            "DSP48E2",
            **{f"p_{name}": value for name, value in registers.items()},
            p_AMULTSEL="AD", p_BMULTSEL="B", p_PREADDINSEL="A", p_A_INPUT="DIRECT",
            p_B_INPUT="DIRECT", p_USE_MULT="MULTIPLY", p_USE_SIMD="ONE48",
            p_IS_OPMODE_INVERTED=Const(W_SUM if self.accumulates else 0, 9),
            i_CLK=ClockSignal(), i_A=multiplicand, i_D=self.low, i_B=self.b,
            i_C=self.addend, i_PCIN=self.cascade_in,
            i_OPMODE=keep, i_INMODE=Const(ADD_D_TO_A, 5), i_ALUMODE=Const(0, 4),
            i_ACIN=Const(0, 30), i_BCIN=Const(0, 18), i_CARRYIN=Const(0, 1),
            i_CARRYINSEL=Const(0, 3), i_CARRYCASCIN=Const(0, 1), i_MULTSIGNIN=Const(0, 1),
            **{f"i_CE{name}": self.en for name in ENABLED},
            **{f"i_CE{name}": Const(0, 1) for name in IDLE},
            i_CEP=self.en & self.accumulate if self.accumulates else self.en,
            **{f"i_RST{name}": Const(0, 1) for name in CLEARED},
            o_P=self.total, o_PCOUT=self.cascade,
        )
        # fmt: on
