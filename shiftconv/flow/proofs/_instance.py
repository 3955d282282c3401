"""What a table of components to be proved holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Value
from amaranth.lib import wiring

__all__ = ["Instance"]


@dataclass(frozen=True)
class Instance:
    """A component of a small size.

    Parameters
    ----------
    make : callable
        Gives the component.
    cycles : int
        Within which every stream of it moves.
    promise : callable, optional
        What its docstring asks of its neighbours besides the rules of streams: a sentence and,
        given the component, the condition.
    large : bool
        Proved only where every size is.
    """

    make: Callable[[], wiring.Component]
    cycles: int = 10
    promise: Callable[[Any], tuple[str, Value]] | None = None
    large: bool = False
