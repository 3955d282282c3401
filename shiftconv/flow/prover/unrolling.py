"""A transition system cycle by cycle, as questions to a solver."""

import time
from collections.abc import Iterable, Mapping, Sequence

from bitwuzla import Bitwuzla, Kind, Option, Options, Result, Term, TermManager

from shiftconv.flow.prover.bench import ASSUME, CLAIM, dependence
from shiftconv.flow.prover.trace import OutOfTimeError, Trace
from shiftconv.flow.prover.transition_system import TransitionSystem, is_one, value_of

__all__ = ["Unrolling"]


class Unrolling:
    """Copies of a transition system, one per cycle, each beginning where the one before ended.

    Parameters
    ----------
    system : TransitionSystem
    independent : sequence of (str, str)
        Claims as :meth:`Bench.claim_independent` makes them.
    from_reset : bool
        Begin with the registers' first values; else with any.
    deadline : float
        When the solver gives up, by ``time.monotonic()``.
    """

    def __init__(
        self,
        system: TransitionSystem,
        independent: Sequence[tuple[str, str]],
        *,
        from_reset: bool,
        deadline: float,
    ):
        self.system = system
        self.from_reset = from_reset
        self.deadline = deadline
        self.tm = TermManager()
        self.frames: list[dict[int, Term]] = []
        self._others: list[dict[str, Term]] = []
        self._paths = [
            (output, name, source)
            for output, name in independent
            if (source := system.input_named(name)) and system.depends(output, source)
        ]
        options = Options()
        options.set(Option.PRODUCE_MODELS, True)
        self._solver = Bitwuzla(self.tm, options)
        self._solver.configure_terminator(lambda: time.monotonic() > deadline)

    def extend(self) -> int:
        """Append a cycle in which the assumptions hold; returns its number."""
        tm, system, now = self.tm, self.system, len(self.frames)
        leaves = {
            number: tm.mk_const(tm.mk_bv_sort(width), f"{name}@{now}")
            for number, (name, width) in system.inputs.items()
        }
        for number, state in system.states.items():
            if now:
                leaves[number] = value_of(tm, self.frames[-1], state.next)
            elif self.from_reset and state.init is not None:
                first = system.first_value(state.init)
                leaves[number] = tm.mk_bv_value(tm.mk_bv_sort(state.width), first)
            else:
                leaves[number] = tm.mk_const(tm.mk_bv_sort(state.width), f"{state.name}@{now}")
        self.frames.append(system.evaluate(tm, leaves))
        self._others.append(
            {
                dependence(output, name): self._with_other(leaves, output, source)
                for output, name, source in self._paths
            }
        )
        self.require(*(self.bit(now, name) for name in self.names(ASSUME)))
        return now

    def _with_other(self, leaves: Mapping[int, Term], output: str, source: int) -> Term:
        """Whether an output stays the same when an input is the other way round."""
        flipped = dict(leaves)
        flipped[source] = self.tm.mk_term(Kind.BV_NOT, [leaves[source]])
        terms = self.system.evaluate(self.tm, flipped)
        forbidden = [self.negation(self._truth(terms, name)) for name in self.names(ASSUME)]
        same = self.tm.mk_term(
            Kind.EQUAL, [self._truth(self.frames[-1], output), self._truth(terms, output)]
        )
        return self.any([same, *forbidden])

    def names(self, prefix: str) -> list[str]:
        """Outputs whose names begin so."""
        return [name for name in self.system.outputs if name.startswith(prefix)]

    def bit(self, cycle: int, name: str) -> Term:
        """An output of one bit as a truth."""
        return self._truth(self.frames[cycle], name)

    def _truth(self, terms: Mapping[int, Term], name: str) -> Term:
        return is_one(self.tm, value_of(self.tm, terms, self.system.outputs[name]))

    def claims(self, cycle: int) -> dict[str, Term]:
        """Whether each claim holds in a cycle."""
        return {name: self.bit(cycle, name) for name in self.names(CLAIM)} | self._others[cycle]

    def broken(self, cycle: int) -> Term:
        """Whether some claim does not hold in a cycle."""
        return self.any(self.negation(claim) for claim in self.claims(cycle).values())

    def changes(self) -> Term:
        """Whether some register changes from the first cycle to the second."""
        first, second = self.frames[:2]
        return self.any(
            self.tm.mk_term(Kind.DISTINCT, [first[number], second[number]])
            for number in self.system.states
        )

    def equal(self, cycle: int, a: int, b: int) -> Term:
        """Whether two states are equal in a cycle."""
        return self.tm.mk_term(Kind.EQUAL, [self.frames[cycle][a], self.frames[cycle][b]])

    def value(self, cycle: int, number: int) -> int:
        """Value of a node in the behaviour that was found possible."""
        return int(self._solver.get_value(value_of(self.tm, self.frames[cycle], number)).value(10))

    def require(self, *truths: Term) -> None:
        """Consider only behaviours in which these are true."""
        for truth in truths:
            self._solver.assert_formula(truth)

    def negation(self, truth: Term) -> Term:
        """Not."""
        return self.tm.mk_term(Kind.NOT, [truth])

    def any(self, truths: Iterable[Term]) -> Term:
        """Or."""
        terms = [self.tm.mk_false(), self.tm.mk_false(), *truths]
        return self.tm.mk_term(Kind.OR, terms)

    def possible(self, truth: Term) -> bool:
        """Whether some behaviour makes this true.

        Raises
        ------
        OutOfTimeError
            If the deadline passes first.
        """
        if time.monotonic() > self.deadline:
            raise OutOfTimeError
        result = self._solver.check_sat(truth)
        if result == Result.UNKNOWN:
            raise OutOfTimeError
        return bool(result == Result.SAT)

    def is_true(self, truth: Term) -> bool:
        """Whether this is true in the behaviour that was found possible."""
        return bool(self._solver.get_value(truth).value())

    def trace(self) -> Trace:
        """The behaviour that was found possible."""
        system = self.system
        signals = {name: (number, width) for number, (name, width) in system.inputs.items()}
        signals |= {state.name: (number, state.width) for number, state in system.states.items()}
        signals |= {name: (number, 0) for name, number in system.outputs.items()}
        cycles = []
        widths = {name: width for name, (_, width) in signals.items()}
        for now, frame in enumerate(self.frames):
            values = {}
            for name, (number, _) in signals.items():
                widths[name] = value_of(self.tm, frame, number).sort().bv_size()
                values[name] = self.value(now, number)
            cycles.append(values)
        return Trace(widths, tuple(name for name, _ in system.inputs.values()), tuple(cycles))
