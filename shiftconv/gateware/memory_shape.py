"""A memory, as far as what it takes on a device depends on it."""

from dataclasses import dataclass, field

__all__ = ["MemoryShape"]


@dataclass(frozen=True, kw_only=True, order=True)
class MemoryShape:
    """A memory with one port to read and, unless its contents are fixed, one to write.

    Parameters
    ----------
    depth : int
        Words.
    width : int
        Bits of a word.
    fixed : bool
        Whether its contents come with the configuration and stay.
    count : int
        How many there are.
    loaded : bool
        Whether it is written as a whole before it is read, through the same port.
    name : str
        What it holds, for telling a component's memories apart; shapes are equal without it.
    """

    depth: int
    width: int
    fixed: bool = False
    count: int = 1
    loaded: bool = False
    name: str = field(default="", compare=False)

    @property
    def bits(self) -> int:
        """Bits of all of them."""
        return self.count * self.depth * self.width
