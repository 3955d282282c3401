"""Decide by going through all states."""

from shiftconv.flow.prover.bench import CLAIM, COVER, Bench
from shiftconv.flow.prover.exploration import Exploration
from shiftconv.flow.prover.interpreter import value_of
from shiftconv.flow.prover.transition_system import TransitionSystem
from shiftconv.flow.prover.verdict import Verdict

__all__ = ["explore"]


def explore(bench: Bench, system: TransitionSystem, deadline: float) -> Verdict:
    """Prove or refute, for a design with few inputs and states.

    Raises
    ------
    OutOfTimeError
        If the deadline passes first.
    """
    claims = [name for name in system.outputs if name.startswith(CLAIM)]
    covers = {name for name in system.outputs if name.startswith(COVER)}
    exploration = Exploration(system, deadline)

    def verdict(status: str, sentences: tuple[str, ...], trace=None) -> Verdict:
        return Verdict(
            status=status,
            method="exhaustive",
            cycles=exploration.depth,
            states=exploration.n_states,
            sentences=sentences,
            trace=trace,
        )

    for level in exploration.levels():
        for choice, values in level:
            said = {name: value_of(system, values, system.outputs[name]) for name in system.outputs}
            broken = [name for name in claims if not said[name].all()]
            if broken:
                place = int(values[0][said[broken[0]].argmin()])
                return verdict("refuted", bench.texts(broken), exploration.trace(choice, place))
            covers -= {name for name in covers if said[name].any()}
    stuck = [
        name for name, cycles in bench.progress.items() if not exploration.progresses(name, cycles)
    ]
    if stuck:
        return verdict("refuted", bench.texts(stuck))
    return verdict("vacuous" if covers else "proved", bench.texts(sorted(covers)))
