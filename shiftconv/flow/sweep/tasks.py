"""Work for processes, wherever they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LostError", "Run", "Task"]


class LostError(RuntimeError):
    """The process that worked on a task ended before it was done."""


@dataclass(frozen=True, eq=False)
class Task:
    """A call.

    Parameters
    ----------
    name : str
        What a person calls it.
    function : callable
        Of a module; it and its arguments must be picklable.
    shared : object
        Its first argument, the same object in many tasks.
    arguments : tuple
        The rest of them.
    """

    name: str
    function: Callable[..., Any]
    shared: Any
    arguments: tuple[Any, ...] = ()


# Does tasks, several at a time; gives each as soon as it is done, with its result or exception.
Run = Callable[[Sequence[Task]], Iterator[tuple[Task, Any]]]
