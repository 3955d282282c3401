"""Integer programs against every combination there is."""

from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
import pytest

from shiftconv.plan.program import Choices, Link, Program

WIDTHS = np.array([1, 2, 3])
SHAPES = {
    "one": (1, []),
    "chain": (4, [(0, 1), (1, 2), (2, 3)]),
    "fork": (4, [(0, 1), (0, 2), (1, 3)]),
    "residual": (4, [(0, 1), (1, 2), (2, 3), (0, 3)]),
    "two joins": (5, [(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4)]),
    "twice the same": (2, [(0, 1), (0, 1)]),
}


def random_program(rng, n_nodes, ends, n_limits=0, most=6):
    """Nodes and links that take whole numbers; some widths meet few others, or none."""
    shape = 1 + n_limits
    nodes = []
    for _ in range(n_nodes):
        n = int(rng.integers(2, most + 1))
        in_par, out_par = rng.choice(WIDTHS, (2, n))
        nodes.append(Choices(in_par, out_par, rng.integers(1, 40, (n, shape)).astype(float)))
    links = []
    for source, target in ends:
        pairs = np.array([p for p in product(WIDTHS, WIDTHS) if rng.random() < 0.6]).reshape(-1, 2)
        uses = rng.integers(0, 9, (len(pairs), shape)).astype(float)
        links.append(Link(source, target, pairs, uses))
    return nodes, links


def taken(nodes, links, chosen):
    """What a choice takes; None if two widths can't meet."""
    total = sum(node.uses[n] for node, n in zip(nodes, chosen, strict=True))
    for link in links:
        given = nodes[link.source].out_par[chosen[link.source]]
        wanted = nodes[link.target].in_par[chosen[link.target]]
        meets = np.flatnonzero((link.pairs == (given, wanted)).all(axis=1))
        if not len(meets):
            return None
        total = total + link.uses[meets[0]]
    return total


def every(nodes, links):
    """All choices, and what they take."""
    choices = product(*(range(len(node.in_par)) for node in nodes))
    found = ((chosen, taken(nodes, links, chosen)) for chosen in choices)
    return {chosen: uses for chosen, uses in found if uses is not None}


def solvable_program(rng, *shape, **rest):
    """A program, and all its choices, of which there are some."""
    choices = {}
    while not choices:
        nodes, links = random_program(rng, *shape, **rest)
        choices = every(nodes, links)
    return nodes, links, choices


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n_limits", [0, 1, 2])
def test_no_combination_is_better(name, n_limits, rng):
    for _ in range(6):
        nodes, links = random_program(rng, *SHAPES[name], n_limits)
        choices = every(nodes, links)
        program = Program(nodes, links)
        for share in [0.2, 0.5, 1.0]:
            # Limits between the least that any choice takes and the most.
            uses = np.array([*choices.values()]).reshape(-1, 1 + n_limits)
            span = np.quantile(uses[:, 1:], share, axis=0) if len(uses) else np.zeros(n_limits)
            allowed = [c for c, use in choices.items() if (use[1:] <= span).all()]
            chosen = program.solve(span.tolist())
            assert program.possible(span.tolist()) == bool(allowed)
            if not allowed:
                assert chosen is None
            else:
                assert chosen in allowed
                assert choices[chosen][0] == min(choices[c][0] for c in allowed)
            assert program.solve(span.tolist()) == chosen


@pytest.mark.parametrize("name", SHAPES)
def test_limits_that_nothing_keeps(name, rng):
    nodes, links, choices = solvable_program(rng, *SHAPES[name], 1)
    least = min(use[1] for use in choices.values())
    program = Program(nodes, links)
    assert program.solve([least - 1]) is None
    assert choices[program.solve([least])][1] == least


def test_excluded_choices_come_in_order_of_what_they_take(rng):
    nodes, links, choices = solvable_program(rng, *SHAPES["residual"], most=3)
    program = Program(nodes, links)
    found = []
    while (chosen := program.solve()) is not None:
        found.append(chosen)
        program.exclude(chosen)
    assert len(set(found)) == len(found) == len(choices)
    assert [choices[c][0] for c in found] == sorted(use[0] for use in choices.values())


def test_a_cut_holds(rng):
    nodes, links, choices = solvable_program(rng, *SHAPES["two joins"])
    timed_nodes, timed_links = (
        [replace(part, uses=rng.integers(0, 9, (len(part.uses), 1))) for part in parts]
        for parts in (nodes, links)
    )
    times = {chosen: int(time[0]) for chosen, time in every(timed_nodes, timed_links).items()}
    coefficients = np.concatenate([part.uses[:, 0] for part in (*timed_nodes, *timed_links)])
    fastest = min(times.values())
    for limit in [fastest - 1, fastest, fastest + 5]:
        program = Program(nodes, links)
        program.cut(coefficients, limit)
        allowed = [use[0] for chosen, use in choices.items() if times[chosen] <= limit]
        chosen = program.solve()
        assert (chosen is None) == (not allowed)
        assert chosen is None or choices[chosen][0] == min(allowed)


def test_a_limit_of_infinity_is_none(rng):
    nodes, links, _ = solvable_program(rng, *SHAPES["chain"], 1)
    program = Program(nodes, links)
    assert program.solve([inf]) == program.solve()


@pytest.mark.parametrize("name", SHAPES)
def test_nearest_has_the_least_surplus(name, rng):
    nodes, links, choices = solvable_program(rng, *SHAPES[name], 3, most=4)
    limits = np.array([10.0, 25.0, 0.0])

    def surplus(use):
        return (np.maximum(use[1:] - limits, 0) / np.maximum(limits, 1)).sum()

    chosen = Program(nodes, links).nearest(limits.tolist())
    assert surplus(choices[chosen]) == min(map(surplus, choices.values())) > 0
