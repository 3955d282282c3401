"""How a network's frames lie in bytes, for programs in C."""

from shiftconv import __version__
from shiftconv.flow.export.templates import render
from shiftconv.host.packing import FrameLayout

__all__ = ["c_header"]


def c_header(name: str, digest: str, frame_in: FrameLayout, frame_out: FrameLayout) -> str:
    """Text of a header, C99 and C++: the layouts' figures, and ``pack`` and ``unpack`` inline.

    Parameters
    ----------
    name : str
        Of the design: prefix of all names.
    digest : str
        That identifies it.
    frame_in, frame_out : FrameLayout
        What the accelerator takes and gives.
    """
    sides = {"IN": frame_in, "OUT": frame_out}
    return render(
        "frames.h.jinja",
        name=name,
        NAME=name.upper(),
        digest=digest,
        version=__version__,
        sides={
            side: {"layout": layout, "c_type": _c_type(layout)} for side, layout in sides.items()
        },
    )


def _c_type(layout: FrameLayout) -> str:
    """The least standard type that holds a value."""
    bits = next(bits for bits in (8, 16, 32, 64) if bits >= layout.width)
    return f"{'' if layout.signed else 'u'}int{bits}_t"
