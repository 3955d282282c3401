"""Tasks in processes of this machine."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from shiftconv.flow.sweep.tasks import LostError, Task

__all__ = ["run_locally"]

# As many threads of BLAS in every process as there are cores would spin, waiting for one another.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run_locally(tasks: Sequence[Task], *, n_parallel: int) -> Iterator[tuple[Task, Any]]:
    """Do tasks in processes, ``n_parallel`` at a time, in order of the list.

    A process that dies takes only its own task with it. Whatever ends this early, Ctrl-C among it,
    ends the processes, and the tools that they run.

    Yields
    ------
    Task
    object
        What it gave, or its exception; a :class:`LostError` if its process died.
    """
    waiting = list(reversed(tasks))
    idle = [_Worker() for _ in range(min(n_parallel, len(tasks)))]
    busy: dict[Future, tuple[Task, _Worker]] = {}
    try:
        while waiting or busy:
            while waiting and idle:
                task, worker = waiting.pop(), idle.pop()
                busy[worker.start(task)] = task, worker
            for future in wait(busy, return_when=FIRST_COMPLETED).done:
                task, worker = busy.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    worker = _Worker()
                    error = LostError("its process died, for want of memory perhaps")
                idle.append(worker)
                yield task, error or future.result()
    finally:
        for worker in (*idle, *(worker for _, worker in busy.values())):
            worker.end()


class _Worker:
    """One process; a pool of its own, for when a process dies its whole pool breaks."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["shiftconv.flow.sweep.measure"])
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        with _environment(ONE_THREAD):
            self._process = self._pool.submit(os.getpid)

    def start(self, task: Task) -> Future:
        return self._pool.submit(_perform, task)

    def end(self) -> None:
        with suppress(BrokenProcessPool, ProcessLookupError):
            os.kill(self._process.result(), signal.SIGTERM)
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Variables for the processes that are started meanwhile, where nobody chose others."""
    new = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


class _Stopped(BaseException):
    """The parent wants this process to end; a tool that it runs goes first."""


_performing = False


def _begin() -> None:
    """In a new process: only the parent says when to stop, or its death does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    Thread(target=_follow_parent, daemon=True).start()


def _stop(*_: object) -> None:
    if _performing:
        raise _Stopped
    os._exit(0)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _perform(task: Task) -> Any:
    global _performing
    try:
        _performing = True
        return task.function(task.shared, *task.arguments)
    except _Stopped:
        os._exit(0)
    finally:
        _performing = False
