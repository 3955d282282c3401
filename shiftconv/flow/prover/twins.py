"""Registers that always hold the same."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from shiftconv.flow.prover.transition_system import TransitionSystem
from shiftconv.flow.prover.unrolling import Unrolling

__all__ = ["pairs", "twin_registers"]


def twin_registers(system: TransitionSystem, unrolling: Callable[[], Unrolling]) -> list[list[int]]:
    """Groups of states of equal width that are equal in every cycle.

    Begins with all that are equal at first, and takes groups apart until equality in one cycle
    implies equality in the next (van Eijk, TCAD 2000). The groups found are invariants, which
    induction over several units in lockstep needs.

    Parameters
    ----------
    system : TransitionSystem
    unrolling : callable
        Gives a new unrolling that begins with any values of the registers.
    """
    groups = _alike_at_first(system)
    while groups:
        cycles = unrolling()
        cycles.extend()
        cycles.require(*(cycles.equal(0, a, b) for a, b in pairs(groups)))
        cycles.extend()
        apart = cycles.any(cycles.negation(cycles.equal(1, a, b)) for a, b in pairs(groups))
        if not cycles.possible(apart):
            break
        groups = [part for group in groups for part in _parts(group, partial(cycles.value, 1))]
    return groups


def pairs(groups: list[list[int]]) -> list[tuple[int, int]]:
    """Each state of a group with the group's first."""
    return [(group[0], other) for group in groups for other in group[1:]]


def _alike_at_first(system: TransitionSystem) -> list[list[int]]:
    """States that begin with the same value."""
    first = {
        number: (state.width, system.first_value(state.init))
        for number, state in system.states.items()
        if state.init is not None
    }
    return _parts(list(first), first.__getitem__)


def _parts(group: list[int], key: Callable[[int], object]) -> list[list[int]]:
    """A group taken apart by a key; what is left alone is in none."""
    parts = defaultdict(list)
    for number in group:
        parts[key(number)].append(number)
    return [part for part in parts.values() if len(part) > 1]
