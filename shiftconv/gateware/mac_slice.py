"""A multiplier block with an adder behind it, as several families have it, and its twin."""

from amaranth.hdl import Cat, ClockSignal, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.dsp48e1 import dsp48e1
from shiftconv.gateware.family import family_of

__all__ = ["MAX_DELAY", "MacSlice"]

MAX_DELAY = 3

# Most bits of the signed factors and of the sum, in that order; the larger factor first.
ROOM = {"xc7": (25, 18, 48), "ice40": (16, 16, 32), "nexus": (18, 18, 54), "gowin": (18, 18, 54)}


class MacSlice(wiring.Component):
    """Multiply, and add another slice's sum: in one block of those families that have such blocks.

    DSP48E1 on xc7, SB_MAC16 on ice40, MULTADDSUB18X18 on nexus, MULTALU18X18 on gowin.

    ``total = a * b + addend``, the product ``delay`` moves late; a registered slice gives its sum
    one move later. All arithmetic is modulo 2**sum_width.

    Parameters
    ----------
    delay : int
        Moves that an operand waits in the slice, 1 to 3.
    registered : bool
        Whether ``total`` is a register.
    a_width, b_width, sum_width : int
        Of signed numbers; what is too wide for a family's block is left to the tool.

    Members
    -------
    en : In(1)
        Every register moves when high.
    a : In(signed(a_width))
    b : In(signed(b_width))
    addend : In(signed(sum_width))
        Another slice's ``cascade``, or zero.
    total, cascade : Out(signed(sum_width))
        The same; the second one may go nowhere but to another slice's cascade.
    """

    def __init__(self, *, delay: int, registered: bool, a_width: int, b_width: int, sum_width: int):
        if not 1 <= delay <= MAX_DELAY:
            raise ValueError(f"Delay must be an integer from 1 to {MAX_DELAY}, not {delay!r}")
        self.delay = delay
        self.registered = registered
        self.sum_width = sum_width
        super().__init__(
            {
                "en": In(1),
                "a": In(signed(a_width)),
                "b": In(signed(b_width)),
                "addend": In(signed(sum_width)),
                "total": Out(signed(sum_width)),
                "cascade": Out(signed(sum_width)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        family = family_of(platform)
        needs = [*sorted((len(self.a), len(self.b)), reverse=True), self.sum_width]
        fits = family in ROOM and all(
            need <= room for need, room in zip(needs, ROOM[family], strict=True)
        )
        primitive = {
            "xc7": self._dsp48e1,
            "ice40": self._sb_mac16,
            "nexus": self._multaddsub,
            "gowin": self._multalu,
        }
        if family is not None and fits:
            m.submodules.dsp = primitive[family](m)
        else:
            self._describe(m)
        return m

    def _describe(self, m):
        """The portable twin."""
        product = self._later(m, self.a * self.b, self.delay)
        total = product + self.addend
        if self.registered:
            total = self._later(m, total[: self.sum_width].as_signed(), 1)
        m.d.comb += [self.total.eq(total), self.cascade.eq(self.total)]

    def _later(self, m, value, n_moves: int):
        for _ in range(n_moves):
            kept = Signal(value.shape(), reset_less=True, name="waiting")
            with m.If(self.en):
                m.d.sync += kept.eq(value)
            value = kept
        return value

    def _dsp48e1(self, m) -> Instance:
        a, b = (self.a, self.b) if len(self.a) >= len(self.b) else (self.b, self.a)
        return dsp48e1(
            enable=self.en,
            registers={
                "AREG": self.delay - 1, "BREG": self.delay - 1, "MREG": 1,
                "PREG": int(self.registered),
            },
            # The product to X and Y, the cascade to Z.
            i_OPMODE=Const(0b001_01_01, 7),
            i_A=_wide(a, 30), i_B=_wide(b, 18), i_PCIN=_wide(self.addend, 48),
            o_P=_received(m, self.total, 48), o_PCOUT=_received(m, self.cascade, 48),
        )  # fmt: skip

    def _sb_mac16(self, m) -> Instance:
        addend = _wide(self.addend, 32)
        first, second = int(self.delay > 2), int(self.delay > 1)
        select = int(self.registered)
        zero = Const(0, 1)
        # fmt: off
        return Instance(
            "SB_MAC16",
            p_A_REG=1, p_B_REG=1, p_C_REG=0, p_D_REG=0, p_A_SIGNED=1, p_B_SIGNED=1, p_MODE_8x8=0,
            p_TOP_8x8_MULT_REG=first, p_BOT_8x8_MULT_REG=first, p_PIPELINE_16x16_MULT_REG1=first,
            p_PIPELINE_16x16_MULT_REG2=second, p_NEG_TRIGGER=0,
            # The product's halves below, C and D above, the carry from the lower to the upper.
            p_TOPADDSUB_LOWERINPUT=2, p_TOPADDSUB_UPPERINPUT=1, p_TOPADDSUB_CARRYSELECT=2,
            p_BOTADDSUB_LOWERINPUT=2, p_BOTADDSUB_UPPERINPUT=1, p_BOTADDSUB_CARRYSELECT=0,
            p_TOPOUTPUT_SELECT=select, p_BOTOUTPUT_SELECT=select,
            i_CLK=ClockSignal(), i_CE=self.en, i_A=_wide(self.a, 16), i_B=_wide(self.b, 16),
            i_C=addend[16:], i_D=addend[:16],
            **{f"i_{name}": zero for name in (
                "AHOLD", "BHOLD", "CHOLD", "DHOLD", "OHOLDTOP", "OHOLDBOT", "IRSTTOP", "IRSTBOT",
                "ORSTTOP", "ORSTBOT", "OLOADTOP", "OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "CI",
                "ACCUMCI", "SIGNEXTIN",
            )},
            o_O=self._given(m, 32),
        )
        # fmt: on

    def _multaddsub(self, m) -> Instance:
        # Its pipeline register would delay the addend too; operands wait in front.
        a, b = (self._later(m, value, self.delay - 1) for value in (self.a, self.b))
        output = "REGISTER" if self.registered else "BYPASS"
        # fmt: off
        return Instance(
            "MULTADDSUB18X18",
            p_REGINPUTA="REGISTER", p_REGINPUTB="REGISTER", p_REGOUTPUT=output,
            **{f"p_REG{name}": "BYPASS" for name in (
                "INPUTC", "ADDSUB", "LOADC", "LOADC2", "CIN", "PIPELINE",
            )},
            i_CLK=ClockSignal(), i_A=_wide(a, 18), i_B=_wide(b, 18), i_C=_wide(self.addend, 54),
            i_SIGNED=Const(1, 1), i_LOADC=Const(1, 1), i_ADDSUB=Const(0, 1), i_CIN=Const(0, 1),
            i_CEA=self.en, i_CEB=self.en, i_CEOUT=self.en,
            **{f"i_CE{name}": Const(0, 1) for name in ("C", "PIPE", "CTRL", "CIN")},
            **{f"i_RST{name}": Const(0, 1) for name in (
                "A", "B", "C", "PIPE", "CTRL", "CIN", "OUT",
            )},
            o_Z=self._given(m, 54),
        )
        # fmt: on

    def _multalu(self, m) -> Instance:
        a, b = (self._later(m, value, max(self.delay - 2, 0)) for value in (self.a, self.b))
        registers = {"AREG": 1, "BREG": 1, "PIPE_REG": self.delay > 1, "OUT_REG": self.registered}
        unused = ("CREG", "DREG", "ASIGN_REG", "BSIGN_REG", "DSIGN_REG", "ACCLOAD_REG0")
        adds = ("ACCLOAD_REG1", "B_ADD_SUB", "C_ADD_SUB")
        # fmt: off
        return Instance(
            "MULTALU18X18",
            **{f"p_{name}": Const(int(value), 1) for name, value in registers.items()},
            **{f"p_{name}": Const(0, 1) for name in (*unused, *adds)},
            p_MULTALU18X18_MODE=0, p_MULT_RESET_MODE="SYNC",
            i_CLK=ClockSignal(), i_CE=self.en, i_RESET=Const(0, 1), i_A=_wide(a, 18),
            i_B=_wide(b, 18), i_C=_wide(self.addend, 54), i_D=Const(0, 54), i_CASI=Const(0, 55),
            i_ASIGN=Const(1, 1), i_BSIGN=Const(1, 1), i_DSIGN=Const(1, 1), i_ACCLOAD=Const(0, 1),
            o_DOUT=self._given(m, 54),
        )
        # fmt: on

    def _given(self, m, width: int) -> Signal:
        """What a block without a cascade gives."""
        m.d.comb += self.cascade.eq(self.total)
        return _received(m, self.total, width)


def _wide(value, width: int):
    """A signed number in more bits."""
    return Cat(value, value[-1].replicate(width - len(value)))


def _received(m, total, width: int) -> Signal:
    """What a block gives, of which ``total`` is the lower part."""
    given = Signal(width, name="given")
    m.d.comb += total.eq(given)
    return given
