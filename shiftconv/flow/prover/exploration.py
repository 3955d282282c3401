"""Every state that a small design can reach, and what holds in each."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.prover.bench import ASSUME
from shiftconv.flow.prover.interpreter import evaluate, value_of
from shiftconv.flow.prover.trace import OutOfTimeError, Trace
from shiftconv.flow.prover.transition_system import State, TransitionSystem

__all__ = ["Exploration"]

MAX_INPUT_BITS = 6
WORD = 64

Values = NDArray


@dataclass(frozen=True)
class _Level:
    """States first reached in one cycle: each with the one before and with what entered there."""

    states: dict[int, Values]
    before: NDArray[np.int64]
    entered: NDArray[np.int64]


class Exploration:
    """All behaviours of a design with few inputs, followed until nothing new is found.

    Parameters
    ----------
    system : TransitionSystem
        With at most 6 bits of inputs. A register that may begin with anything begins with ones.
    deadline : float
        When to give up, by ``time.monotonic()``.
    """

    def __init__(self, system: TransitionSystem, deadline: float):
        widths = {number: width for number, (_, width) in system.inputs.items()}
        if sum(widths.values()) > MAX_INPUT_BITS:
            raise ValueError(f"{sum(widths.values())} bits of inputs are too many to try them all")
        self.system = system
        self.deadline = deadline
        self._choices: list[dict[int, int]] = [{}]
        for number, width in widths.items():
            self._choices = [
                {**choice, number: value} for choice in self._choices for value in range(2**width)
            ]
        self._levels: list[_Level] = []

    @property
    def n_states(self) -> int:
        """States reached so far."""
        return sum(len(level.before) for level in self._levels)

    @property
    def depth(self) -> int:
        """Cycles to the last state that was found."""
        return len(self._levels)

    def levels(self) -> Iterator[list[tuple[int, dict[int, Values]]]]:
        """Cycle by cycle, for each choice of inputs the values of all nodes in the new states.

        Only states in which the assumptions hold are given, and gone on from.

        Raises
        ------
        OutOfTimeError
            If the deadline passes before all is found.
        """
        seen: set[bytes] = set()
        first = {
            number: _array([self._first_value(state)], state.width)
            for number, state in self.system.states.items()
        }
        self._levels.append(_Level(first, np.array([-1]), np.array([-1])))
        seen.update(self._keys(first))
        while len(self._levels[-1].before):
            if time.monotonic() > self.deadline:
                raise OutOfTimeError
            values = [
                (n, self._legal(self._enter(self._levels[-1].states, choice)))
                for n, choice in enumerate(self._choices)
            ]
            yield values
            self._levels.append(self._following(values, seen))
        self._levels.pop()

    def _first_value(self, state: State) -> int:
        return 2**state.width - 1 if state.init is None else self.system.first_value(state.init)

    def _enter(self, states: dict[int, Values], choice: Mapping[int, int]) -> dict[int, Values]:
        """Values of all nodes when the same inputs enter every state."""
        length = len(next(iter(states.values())))
        inputs = {
            number: _array([value] * length, self.system.width(number))
            for number, value in choice.items()
        }
        return evaluate(self.system, states | inputs)

    def _legal(self, values: dict[int, Values]) -> dict[int, Values]:
        """Those states only in which the assumptions hold; their places stand under 0."""
        legal = np.ones(len(next(iter(values.values()))), dtype=bool)
        for name, number in self.system.outputs.items():
            if name.startswith(ASSUME):
                legal &= value_of(self.system, values, number) != 0
        return {0: np.flatnonzero(legal)} | {n: v[legal] for n, v in values.items()}

    def _following(self, values: list[tuple[int, dict[int, Values]]], seen: set[bytes]) -> _Level:
        """The states that come next and were not seen before."""
        system = self.system
        states = {
            number: np.concatenate([value_of(system, found, state.next) for _, found in values])
            for number, state in system.states.items()
        }
        before = np.concatenate([found[0] for _, found in values])
        entered = np.concatenate([np.full(len(found[0]), n) for n, found in values])
        new = []
        for place, key in enumerate(self._keys(states)):
            if key not in seen:
                seen.add(key)
                new.append(place)
        return _Level({n: v[new] for n, v in states.items()}, before[new], entered[new])

    def _keys(self, states: Mapping[int, Values]) -> list[bytes]:
        """One key for each state of the whole design."""
        columns = [
            column
            for number, values in states.items()
            for column in _words(values, self.system.width(number))
        ]
        return [row.tobytes() for row in np.stack(columns, axis=1)]

    def progresses(self, name: str, n_cycles: int) -> bool:
        """Whether an output becomes one within some cycles from every state reached, provided that
        all inputs are one in them."""
        states = {
            number: np.concatenate([level.states[number] for level in self._levels])
            for number in self.system.states
        }
        for _ in range(n_cycles):
            values = self._enter(states, self._choices[-1])
            still = value_of(self.system, values, self.system.outputs[name]) == 0
            if not still.any():
                return True
            states = {
                number: value_of(self.system, values, state.next)[still]
                for number, state in self.system.states.items()
            }
        return False

    def trace(self, choice: int, place: int) -> Trace:
        """The behaviour that ends in a state of the last level, and what enters there."""
        steps = [(len(self._levels) - 1, place, choice)]
        for depth in range(len(self._levels) - 1, 0, -1):
            level = self._levels[depth]
            steps.append((depth - 1, int(level.before[place]), int(level.entered[place])))
            place = int(level.before[place])
        signals = {name: number for number, (name, _) in self.system.inputs.items()}
        signals |= {state.name: number for number, state in self.system.states.items()}
        signals |= self.system.outputs
        cycles = []
        for depth, where, which in reversed(steps):
            state = {n: v[[where]] for n, v in self._levels[depth].states.items()}
            values = self._enter(state, self._choices[which])
            cycles.append(
                {
                    name: int(value_of(self.system, values, number)[0])
                    for name, number in signals.items()
                }
            )
        widths = {name: self.system.width(number) for name, number in signals.items()}
        return Trace(widths, tuple(name for name, _ in self.system.inputs.values()), tuple(cycles))


def _array(values: list[int], width: int) -> Values:
    return np.array(values, dtype=object if width > WORD else np.uint64)


def _words(values: Values, width: int) -> list[NDArray[np.uint64]]:
    """Values as columns of 64 bits."""
    if width <= WORD:
        return [values]
    parts = [values >> start & (2**WORD - 1) for start in range(0, width, WORD)]
    return [part.astype(np.uint64) for part in parts]
