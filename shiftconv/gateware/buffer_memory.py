"""Memory of a buffer: nobody cares for a word that is read while it is written."""

from amaranth.lib.memory import Memory

__all__ = ["buffer_memory"]


def buffer_memory(*, shape, depth: int) -> Memory:
    """A memory that starts empty, and whose user cares for no word that is read while it is
    written: what that gives depends on the device.

    Block memories of most families give anything then. Without this promise Yosys builds what
    Amaranth says instead, the word before the write: about one LUT and two flip-flops for each bit
    of a word (ECP5, iCE40, Gowin).

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        Number of words.
    """
    return Memory(shape=shape, depth=depth, init=[], attrs={"no_rw_check": 1})
