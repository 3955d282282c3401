"""What a person sees while a command works."""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

__all__ = ["Progress"]

# Of what is counted in shares, and a speed over all of the time: shares are uneven.
WHOLE = 1.0
AVERAGE_SECONDS = 1e6


class _Counted(ProgressColumn):
    """``150/200 images``, ``7/12`` or ``35 %``; nothing of what is not counted."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("")
        if task.total == WHOLE:
            return Text(f"{100 * task.completed:.0f} %")
        return Text(f"{task.completed:,.0f}/{task.total:,.0f}{task.fields['unit']}")


class _Rate(ProgressColumn):
    """``12.3 images/s``, of what has a unit."""

    def render(self, task: Task) -> Text:
        unit = task.fields["unit"]
        return Text("" if task.speed is None or not unit else f"{task.speed:,.1f}{unit}/s")


class _Time(ProgressColumn):
    """Time so far, and time left as soon as it can be told."""

    def render(self, task: Task) -> Text:
        elapsed = timedelta(seconds=int(task.finished_time or task.elapsed or 0))
        left = task.time_remaining
        if task.total is None or left is None:
            return Text(str(elapsed))
        return Text(f"{elapsed}, {timedelta(seconds=int(left))} left")


class Progress:
    """What goes on, on a terminal: time so far, and of what is counted a bar and the time left.
    Nothing in a pipe.

    As a function it is told a detail. What is told with lower numbers than before, or after a
    detail that followed the end of a count, begins anew.

    Parameters
    ----------
    console : Console
    what : str
        What the command does.
    """

    def __init__(self, console: Console, what: str):
        self._what = what
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            _Counted(),
            _Rate(),
            _Time(),
            console=console,
            transient=True,
            speed_estimate_period=AVERAGE_SECONDS,
            disable=not console.is_terminal,
        )
        # Several threads tell.
        self._lock = Lock()
        self._task = self._bar.add_task(what, total=None, unit="")

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, detail: str) -> None:
        with self._lock:
            task = self._bar.tasks[0]
            if task.total is not None and task.completed >= task.total:
                self._begin(None, 0, "")
            self._bar.update(self._task, description=f"{self._what}: {detail}")

    def share(self, fraction: float) -> None:
        """How much is done, from 0 to 1."""
        self._show(fraction, WHOLE)

    def count(self, n_done: int, n_all: int) -> None:
        """How many are done."""
        self._show(n_done, n_all)

    def images(self, total: int) -> Callable[[int], None]:
        """A function that is told how many images are done, and shows their rate too.

        Those that are done at its first call do not count for the rate.
        """
        return lambda n_done: self._show(n_done, total, " images")

    def _show(self, done: float, total: float, unit: str = "") -> None:
        with self._lock:
            task = self._bar.tasks[0]
            if (task.total, task.fields["unit"]) != (total, unit) or done < task.completed:
                self._begin(total, done, unit)
            self._bar.update(self._task, completed=done)

    def _begin(self, total: float | None, done: float, unit: str) -> None:
        """Count anew, on a new clock unless nothing was counted; a task of rich cannot lose its
        total.
        """
        before = self._bar.tasks[0]
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(before.description, total=total, unit=unit)
        if before.total is None:
            self._bar.tasks[0].start_time = before.start_time
        self._bar.update(self._task, completed=done)
