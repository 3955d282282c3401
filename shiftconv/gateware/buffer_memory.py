"""Memory of a buffer: nobody cares for a word that is read while it is written."""

from amaranth.lib.memory import Memory

from shiftconv.gateware.memory_kind import MemoryKind, style_of

__all__ = ["buffer_memory"]


def buffer_memory(
    *, shape, depth: int, kind: MemoryKind | None = None, family: str | None = None
) -> Memory:
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
    kind : {"block", "lut", "big"}, optional
        What it is made of.
    family : str, optional
        Of devices; without one ``kind`` is not said.
    """
    attrs = {"no_rw_check": 1, **style_of(kind, family, fixed=False)}
    return Memory(shape=shape, depth=depth, init=[], attrs=attrs)
