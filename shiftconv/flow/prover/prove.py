"""Decide whether the claims of a proof hold."""

import time
from dataclasses import replace

from shiftconv.flow.prover.exploring import explore
from shiftconv.flow.prover.solving import solve
from shiftconv.flow.prover.trace import OutOfTimeError
from shiftconv.flow.prover.translate import transition_system
from shiftconv.flow.prover.verdict import Proof, Verdict

__all__ = ["TIME_LIMIT", "prove"]

TIME_LIMIT = 600.0


def prove(proof: Proof, *, time_limit: float = TIME_LIMIT) -> Verdict:
    """Prove or refute, within some seconds.

    Raises
    ------
    ToolError
        If Yosys cannot read the design.
    """
    start = time.monotonic()
    deadline = start + time_limit
    bench = proof.make()
    system = transition_system(bench, family=proof.family)
    try:
        if bench.exhaustive:
            verdict = explore(bench, system, deadline)
        else:
            verdict = solve(bench, system, deadline)
    except OutOfTimeError:
        verdict = Verdict(status="open", method="none", cycles=0)
    return replace(verdict, seconds=round(time.monotonic() - start, 3))
