"""What is to be proved, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.trace import Trace

__all__ = ["Proof", "Verdict"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Something to be proved.

    Parameters
    ----------
    name : str
        Words with slashes between.
    make : callable
        Gives the bench; can be handed to another process.
    family : str, optional
        Family whose cells the bench may hold.
    """

    name: str
    make: Callable[[], Bench]
    family: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a proof.

    Parameters
    ----------
    status : str
        ``proved``; ``refuted``: a claim does not hold; ``vacuous``: a cover cannot be reached, so
        that the assumptions may exclude what the proof is about; ``open``: no answer within the
        time.
    method : str
        ``induction`` and ``exhaustive`` are about all cycles for ever, ``bounded`` is about the
        first ``cycles``.
    cycles : int
        Cycles from the first on that were searched, or that the induction step assumed, or in which
        the last state was found.
    seconds : float
        It took.
    states : int or None
        Number of states enumerated.
    sentences : tuple of str
        What does not hold, or cannot be reached.
    trace : Trace or None
        A behaviour in which a claim does not hold; its last cycle is the one.
    """

    status: str
    method: str
    cycles: int
    seconds: float = 0.0
    states: int | None = None
    sentences: tuple[str, ...] = ()
    trace: Trace | None = None
