"""Many frames through the compiled simulator: in shards, on all cores, once."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.simulation.compiled import CompiledModel, Run
from shiftconv.flow.simulation.run_store import RunStore
from shiftconv.flow.simulation.stimulus import Stimulus
from shiftconv.flow.tools import n_cores
from shiftconv.plan import Plan

__all__ = ["Shard", "run_shards", "shard_frames"]

# Long enough that starting a process does not matter, short enough to be done again.
SHARD_CYCLES = 1_000_000
N_SHARDS = 16
# A shard's first frames fill the pipeline.
MIN_LATENCIES = 4


@dataclass(frozen=True, eq=False)
class Shard:
    """Frames that follow each other without a gap.

    Parameters
    ----------
    stimulus : Stimulus
    starts : ndarray of int64, shape (n,)
        The beats whose arrival is of interest: of the run's ``in_cycle`` these are kept.
    """

    stimulus: Stimulus
    starts: NDArray[np.int64]

    @property
    def key(self) -> str:
        """Identifies what its run depends on besides the simulator."""
        return hashlib.sha256(self.stimulus.digest.encode() + self.starts.tobytes()).hexdigest()


def shard_frames(n_frames: int, plan: Plan) -> list[range]:
    """Cut a data set into shards, the same ones on every machine.

    So many that all cores are busy to the end, and so few that filling the pipeline again and again
    does not count.
    """
    latency = -(-plan.latency_cycles // plan.cycles_per_frame)
    least = MIN_LATENCIES * latency
    most = max(least, SHARD_CYCLES // plan.cycles_per_frame)
    size = min(max(n_frames // N_SHARDS, least), most)
    edges = np.linspace(0, n_frames, -(-n_frames // size) + 1).astype(int).tolist()
    return [range(start, end) for start, end in pairwise(edges)]


def run_shards(
    model: CompiledModel,
    n_shards: int,
    make: Callable[[int], Shard],
    on_run: Callable[[int, Run, bool], None],
    *,
    keep: bool = True,
    on_given: Callable[[int], None] = lambda n_beats: None,
) -> None:
    """Run every shard, or take what an earlier call, perhaps one that was interrupted, has left.

    Parameters
    ----------
    model : CompiledModel
    n_shards : int
    make : callable
        Makes the shard of a number; called again when it is needed again.
    on_run : callable
        Given the number of a shard, its run, and whether that was taken from disk: first those on
        disk, then the others as soon as each ends.
    keep : bool
        Look on disk first and leave the new runs there; not if a run must happen, for its waves.
    on_given : callable
        Told how many beats the new runs have given so far; with 0 when they begin.

    Raises
    ------
    SimulationError
        If the design breaks a rule of its streams, or hangs.
    OutputError
        If a run cannot be written.
    """
    store = RunStore(model.program) if keep else None
    keys = [make(n).key for n in range(n_shards)] if store else []
    missing = list(range(n_shards))
    for n, key in enumerate(keys):
        run = store.get(key) if store else None
        if run is not None:
            missing.remove(n)
            on_run(n, run, True)

    current: dict[int, Shard] = {}

    def stimuli() -> Iterator[Stimulus]:
        for index, n in enumerate(missing):
            current[index] = make(n)
            yield current[index].stimulus

    def take(index: int, run: Run) -> None:
        run = replace(run, in_cycle=run.in_cycle[current.pop(index).starts])
        if store:
            store.put(keys[missing[index]], run)
        on_run(missing[index], run, False)

    on_given(0)
    model.run_all(stimuli(), take, n_parallel=n_cores(), on_given=on_given)
