"""A shift lane cut into stages that fit tables of six inputs."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo
from shiftconv.gateware.primitives.shift_stage import ShiftStage

__all__ = ["STAGES_PER_REGISTER", "StagedLane", "lane_stages"]

STAGES_PER_REGISTER = 2


class StagedLane(wiring.Component):
    """Multiply an activation by the level of a code.

    ``term + one == act * level(code)``, ``latency`` moves later; a negative product is its ones'
    complement and a one. Throughput one per move.

    Parameters
    ----------
    codebook : PowerOfTwo
        Of any shifts where the field has one or two bits, else of successive ones.
    act : ShapeLike
        Activation, signed or unsigned.

    Members
    -------
    en : In(1)
        Every register moves when high.
    act : In(act)
    code : In(codebook.code_width)
    term : Out(signed(...))
    one : Out(1)

    Notes
    -----
    A wide field itself is the shift, and the lowest bit is dropped at the end. Of a field of one or
    two bits a bit of the term has at most six inputs: three of the activation, the field and the
    sign. A wider field shifts by its two lowest bits first (six inputs), then by one bit a stage,
    the sign in the last one (five inputs for two bits of the term); a register's reset makes the
    zero.
    """

    def __init__(self, *, codebook: PowerOfTwo, act):
        self.codebook = codebook
        self.act_shape = Shape.cast(act)
        self._stages = lane_stages(codebook, self.act_shape)
        self.latency = self.latency_of(codebook)
        self.term_shape = self._stages[-1].out_shape
        super().__init__(
            {
                "en": In(1),
                "act": In(self.act_shape),
                "code": In(codebook.code_width),
                "term": Out(self.term_shape),
                "one": Out(1),
            }
        )

    @classmethod
    def takes(cls, codebook: PowerOfTwo) -> bool:
        """Whether there is such a lane."""
        return codebook.successive or _n_stages(codebook.exponent_width) == 1

    @classmethod
    def latency_of(cls, codebook: PowerOfTwo) -> int:
        """Latency, whatever the activations."""
        return -(-_n_stages(codebook.exponent_width) // STAGES_PER_REGISTER)

    def elaborate(self, platform):
        m = Module()
        value, code = self.act, self.code
        blank = ~self.code[: self.codebook.sign_bit].any() if len(self._stages) > 1 else None
        for n, stage in enumerate(self._stages):
            select, code = code[: stage.select_width], code[stage.select_width :]
            value = stage.add_to(m, platform, value, select, code if stage.complements else None)
            if stage.complements or n % STAGES_PER_REGISTER == STAGES_PER_REGISTER - 1:
                value, code = self._register(m, value, code, blank)
                blank = None
        m.d.comb += [self.term.eq(value), self.one.eq(code)]
        return m

    def _register(self, m, value, code, blank):
        """Keep a value and the code that goes on with it, or zeros."""
        kept = Signal(value.shape(), reset_less=True, name="value")
        rest = Signal(len(code), reset_less=True, name="rest")
        with m.If(self.en):
            if blank is None:
                m.d.sync += [kept.eq(value), rest.eq(code)]
            else:
                m.d.sync += [kept.eq(Mux(blank, 0, value)), rest.eq(Mux(blank, 0, code))]
        return kept, rest


def _n_stages(exponent_width: int) -> int:
    """The first stage takes two bits of the field, every other one a single bit."""
    return max(1, exponent_width - 1)


def lane_stages(codebook: PowerOfTwo, shape: Shape) -> list[ShiftStage]:
    """Stages of a lane, the first one first."""
    width = codebook.exponent_width
    if _n_stages(width) == 1:
        # A field without a shift never comes: what it makes is free.
        idle = max(1, 2**width - 1) - codebook.n_shifts
        zero = [None] if width else []
        shifts = (*zero, *codebook.shifts, *codebook.shifts[-1:] * idle)
        return [ShiftStage(shape=shape, shifts=shifts, complements=True)]
    widest = shape.width + codebook.max_shift + (not shape.signed)
    stages = [ShiftStage(shape=shape, shifts=(0, 1, 2, 3))]
    for bit in range(2, width):
        last = bit == width - 1
        stage = ShiftStage(
            shape=stages[-1].out_shape,
            shifts=(-1, 2**bit - 1) if last else (0, 2**bit),
            complements=last,
            max_width=widest if last else widest + 1,
        )
        stages.append(stage)
    return stages
