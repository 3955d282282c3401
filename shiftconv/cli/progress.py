"""What a person sees while a command works."""

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

__all__ = ["Progress"]


class _Rate(ProgressColumn):
    """Images a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.1f} images/s")


class Progress:
    """A spinner on a terminal, a bar once something is counted; nothing in a pipe.

    As a function it adds a detail to the spinner.

    Parameters
    ----------
    console : Console
    what : str
        What the command does.
    """

    def __init__(self, console: Console, what: str):
        self._what = what
        self._console = console
        self._status = console.status(f"{what} ...") if console.is_terminal else None
        self._bar: Bar | None = None

    def __enter__(self) -> "Progress":
        if self._status:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
        if self._status:
            self._status.stop()

    def __call__(self, detail: str) -> None:
        if self._status:
            self._status.update(f"{self._what}: {detail} ...")

    def images(self, total: int) -> Callable[[int], None]:
        """A function that is told how many images are done, and shows rate and time left.

        Those that are done at its first call do not count for the rate.
        """

        def show(n_done: int) -> None:
            if not self._status:
                return
            if self._bar is None:
                self._status.stop()
                columns = (
                    TextColumn("{task.description}"),
                    BarColumn(),
                    MofNCompleteColumn(),
                    _Rate(),
                    TimeRemainingColumn(),
                    TextColumn("left"),
                )
                self._bar = Bar(*columns, console=self._console, transient=True)
                self._bar.add_task(self._what, total=total, completed=n_done)
                self._bar.start()
            self._bar.update(self._bar.task_ids[0], completed=n_done)

        return show
