"""Tasks on a Dask scheduler that runs already."""

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any

from shiftconv.flow.sweep.origin import sources_digest
from shiftconv.flow.sweep.tasks import LostError, Task

__all__ = ["ClusterError", "run_on_cluster"]

CONNECT_SECONDS = 20


class ClusterError(ValueError):
    """There is no way to a scheduler; the message is a sentence."""


def run_on_cluster(tasks: Sequence[Task], *, address: str) -> Iterator[tuple[Task, Any]]:
    """Do tasks on the workers of a scheduler, as many at a time as it has.

    Nothing but this package must be installed there, in this version: models, samples and images
    travel. A task whose worker dies is tried again elsewhere as often as the scheduler is
    configured to.

    Parameters
    ----------
    tasks : sequence of Task
    address : str
        Of the scheduler, as in ``tcp://127.0.0.1:8786``.

    Yields
    ------
    Task
    object
        What it gave, or its exception; a :class:`LostError` if its workers died.

    Raises
    ------
    ClusterError
        If ``distributed`` is not installed, or no scheduler answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "A scheduler needs the package distributed: pip install 'shiftconv[cluster]'"
        ) from error
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"No Dask scheduler answers at {address}: {error}") from error
    with client:
        shared = {id(task.shared): task.shared for task in tasks}
        there = {
            name: client.scatter(value, hash=False, broadcast=True)
            for name, value in shared.items()
        }
        origin = sources_digest()
        futures = {
            client.submit(
                _perform, origin, task.function, there[id(task.shared)], task.arguments, pure=False
            ): task
            for task in tasks
        }
        for future in distributed.as_completed(futures, loop=client.loop):
            try:
                found = future.result()
            except (distributed.KilledWorker, CancelledError):
                found = LostError("the workers that took it died, for want of memory perhaps")
            except Exception as error:
                found = error
            yield futures[future], found


def _perform(origin: str, function: Any, shared: Any, arguments: tuple[Any, ...]) -> Any:
    """On a worker: the call, if this is the package that asks for it."""
    if sources_digest() != origin:
        raise RuntimeError("a worker has another version of shiftconv; install the same there")
    return function(shared, *arguments)
