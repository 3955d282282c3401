"""Decide whether the claims of a proof hold."""

import hashlib
import json
import time
from dataclasses import replace

from shiftconv.flow.prover.cell_library import models_of
from shiftconv.flow.prover.exploring import explore
from shiftconv.flow.prover.solving import solve
from shiftconv.flow.prover.trace import OutOfTimeError
from shiftconv.flow.prover.translate import transition_system
from shiftconv.flow.prover.verdict import Proof, Verdict

__all__ = ["TIME_LIMIT", "problem_digest", "prove"]

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


def problem_digest(proof: Proof) -> str:
    """Of the design and of what is to be proved of it: with the same prover, the same verdict."""
    bench = proof.make()
    design = bench.rtlil("bench")
    asked = {name: value for name, value in vars(bench).items() if name not in ("m", "_ports")}
    parts = [design, models_of(design, proof.family), json.dumps(asked, sort_keys=True)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
