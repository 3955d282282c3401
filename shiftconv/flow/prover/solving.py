"""Decide with a solver: induction, else the first cycles."""

from collections.abc import Sequence
from dataclasses import dataclass

from shiftconv.flow.prover.bench import COVER, MOVES, Bench
from shiftconv.flow.prover.trace import Trace
from shiftconv.flow.prover.transition_system import TransitionSystem
from shiftconv.flow.prover.twins import pairs, twin_registers
from shiftconv.flow.prover.unrolling import Unrolling
from shiftconv.flow.prover.verdict import Verdict

__all__ = ["solve"]


def solve(bench: Bench, system: TransitionSystem, deadline: float) -> Verdict:
    """Prove or refute, for any number and width of inputs.

    First comes induction: from any ``k`` cycles in which the claims hold, they hold in the next;
    and they hold in the first ``k``. A bench that says when it moves, and of which it is proved
    that it else stands still, is looked at only where it moves, for what it does later depends on
    nothing else. If need be, registers that are proved to hold the same always help. Where no
    induction is found, the first ``bound`` cycles are searched.

    Raises
    ------
    OutOfTimeError
        If the deadline passes first.
    """
    attempt = _Attempt(bench, system, deadline)
    moving = MOVES in system.outputs and attempt.stands_still()
    method = "induction"
    cycles = attempt.induction(moving, []) or attempt.induction(moving, attempt.twins())
    if not cycles:
        method, cycles = "bounded", bench.bound
    refuted = attempt.search(cycles, moving and method == "induction")
    if refuted:
        sentences, trace = refuted
        return Verdict(
            status="refuted", method=method, cycles=cycles, sentences=sentences, trace=trace
        )
    sentences = attempt.unreached()
    status = "vacuous" if sentences else "proved"
    return Verdict(status=status, method=method, cycles=cycles, sentences=sentences)


@dataclass(frozen=True)
class _Attempt:
    """The parts of a proof."""

    bench: Bench
    system: TransitionSystem
    deadline: float

    def _unrolling(self, *, from_reset: bool) -> Unrolling:
        return Unrolling(
            self.system, self.bench.independent, from_reset=from_reset, deadline=self.deadline
        )

    def stands_still(self) -> bool:
        """Whether no register, whatever they hold, changes where the bench does not move."""
        cycles = self._unrolling(from_reset=False)
        cycles.extend()
        cycles.extend()
        cycles.require(cycles.negation(cycles.bit(0, MOVES)))
        return not cycles.possible(cycles.changes())

    def twins(self) -> list[tuple[int, int]]:
        """Pairs of registers that always hold the same."""
        if not self.bench.induction:
            return []
        return pairs(twin_registers(self.system, lambda: self._unrolling(from_reset=False)))

    def induction(self, moving: bool, twins: Sequence[tuple[int, int]]) -> int:
        """Least number of cycles from which the claims follow for the next; 0 if none is found."""
        cycles = self._unrolling(from_reset=False)
        cycles.extend()
        cycles.require(*(cycles.equal(0, a, b) for a, b in twins))
        for length in range(1, self.bench.induction + 1):
            cycles.require(*cycles.claims(length - 1).values())
            if moving:
                cycles.require(cycles.bit(length - 1, MOVES))
            cycles.extend()
            if not cycles.possible(cycles.broken(length)):
                return length
        return 0

    def search(self, n_cycles: int, moving: bool) -> tuple[tuple[str, ...], Trace] | None:
        """A behaviour from the first cycle on in which a claim does not hold."""
        cycles = self._unrolling(from_reset=True)
        for now in range(n_cycles):
            if moving and now:
                cycles.require(cycles.bit(now - 1, MOVES))
            cycles.extend()
            claims = cycles.claims(now)
            if cycles.possible(cycles.broken(now)):
                broken = [name for name, claim in claims.items() if not cycles.is_true(claim)]
                return self.bench.texts(broken), cycles.trace()
            cycles.require(*claims.values())
        return None

    def unreached(self) -> tuple[str, ...]:
        """Covers that no behaviour of ``bound`` cycles reaches."""
        cycles = self._unrolling(from_reset=True)
        for _ in range(self.bench.bound):
            cycles.extend()
        return self.bench.texts(
            name
            for name in cycles.names(COVER)
            if not cycles.possible(
                cycles.any(cycles.bit(now, name) for now in range(self.bench.bound))
            )
        )
