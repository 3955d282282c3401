"""What a proof is about: components, what surrounds them, and what must hold."""

from collections.abc import Iterable

from amaranth.back import rtlil
from amaranth.hdl import (
    ClockDomain,
    Elaboratable,
    Fragment,
    Module,
    ShapeLike,
    Signal,
    Value,
    ValueLike,
)

from shiftconv.gateware.family import FamilyPlatform

__all__ = ["ASSUME", "CLAIM", "COVER", "MOVES", "Bench", "dependence"]

ASSUME, CLAIM, COVER, MOVES = "assume_", "claim_", "cover_", "moves"


def dependence(output: str, source: str) -> str:
    """Name of the claim that an output does not depend on an input within a cycle."""
    return f"{output}<-{source}"


class Bench:
    """A design to be proved; its clocked parts begin with their first values, without a reset.

    Attributes
    ----------
    m : Module
        The design.
    bound : int
        Cycles from the first one on in which the claims are proved if induction proves nothing, and
        within which every cover must be reached.
    induction : int
        Most cycles that an induction step may assume; 0 is none.
    exhaustive : bool
        Enumerate all states instead of asking a solver: for control with few inputs.
    sentences : dict
        What each assumption, claim and cover says, by the name of its output.
    independent : list of (str, str)
        Outputs that must not depend on an input within a cycle, each with that input.
    progress : dict
        ``{output: cycles}``: the output becomes one if all inputs are one for so long.
    """

    def __init__(self, *, bound: int = 0, induction: int = 0, exhaustive: bool = False):
        self.bound = bound
        self.induction = induction
        self.exhaustive = exhaustive
        self.m = Module()
        self.m.domains.sync = clock = ClockDomain(reset_less=True)
        self.sentences: dict[str, str] = {}
        self.independent: list[tuple[str, str]] = []
        self.progress: dict[str, int] = {}
        self._ports: list[Signal] = [clock.clk]

    def add(self, name: str, component: Elaboratable, *, family: str | None = None) -> None:
        """Put a component in, elaborated for ``family``."""
        platform = FamilyPlatform(family) if family else None
        self.m.submodules[name] = Fragment.get(component, platform)

    def free(self, name: str, shape: ShapeLike = 1) -> Signal:
        """A signal that takes any value in any cycle."""
        signal = Signal(shape, name=name)
        if len(signal):
            self._ports.append(signal)
        return signal

    def drive(self, name: str, target: ValueLike) -> Signal:
        """Let a component's input take any value in any cycle."""
        bits = Value.cast(target)
        signal = self.free(name, len(bits))
        self.m.d.comb += bits.eq(signal)
        return signal

    def show(self, name: str, value: ValueLike) -> None:
        """Let a value appear in a counterexample."""
        bits = Value.cast(value)
        signal = Signal(bits.shape(), name=name)
        self.m.d.comb += signal.eq(bits)
        self._ports.append(signal)

    def moves(self, condition: ValueLike) -> None:
        """Say when the design may move: where this is false, every register must stand still.

        If that can be proved, proofs may leave out the cycles in between.
        """
        self.show(MOVES, Value.cast(condition).any())

    def assume(self, sentence: str, condition: ValueLike) -> None:
        """Consider only behaviours in which ``condition`` is true in every cycle."""
        self._say(ASSUME, sentence, condition)

    def claim(self, sentence: str, condition: ValueLike) -> None:
        """What must be true in every cycle."""
        self._say(CLAIM, sentence, condition)

    def cover(self, sentence: str, condition: ValueLike) -> None:
        """What must be true in some cycle of some behaviour, lest the proof be about nothing."""
        self._say(COVER, sentence, condition)

    def claim_independent(self, output: str, source: str) -> None:
        """Claim that a shown value does not change with a free signal within a cycle."""
        self.independent.append((output, source))

    def claim_progress(self, sentence: str, condition: ValueLike, n_cycles: int) -> None:
        """Claim that ``condition`` comes true within some cycles in which all free signals are one.

        Only for designs small enough that all their states can be enumerated.
        """
        name = f"progress_{len(self.progress)}"
        self.sentences[name] = sentence
        self.progress[name] = n_cycles
        self.show(name, Value.cast(condition).any())

    def _say(self, prefix: str, sentence: str, condition: ValueLike) -> None:
        name = f"{prefix}{sum(other.startswith(prefix) for other in self.sentences)}"
        self.sentences[name] = sentence
        self.show(name, Value.cast(condition).any())

    def texts(self, names: Iterable[str]) -> tuple[str, ...]:
        """What outputs say."""
        independent = {
            dependence(output, source): f"{output} does not depend on {source} within a cycle"
            for output, source in self.independent
        }
        return tuple((self.sentences | independent)[name] for name in names)

    def rtlil(self, name: str) -> str:
        """The design as Yosys reads it."""
        return rtlil.convert(self.m, name=name, ports=self._ports, emit_src=False)
