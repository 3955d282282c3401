"""The payload that layers hand to each other."""

from amaranth.hdl import Shape, signed, unsigned
from amaranth.lib import data

from quant.fixed_point import ActFormat

__all__ = ["act_shape", "beat_layout", "in_names", "n_beats", "pace_par", "repeated"]


def act_shape(fmt: ActFormat) -> Shape:
    """Hardware shape of an activation."""
    return signed(fmt.width) if fmt.signed else unsigned(fmt.width)


def beat_layout(shape: Shape, par: int) -> data.StructLayout:
    """``par`` channels of a pixel, and the mark on a frame's last beat.

    Where ``par`` does not divide the channel count, a pixel's last beat has idle lanes; they carry
    zero.
    """
    return data.StructLayout({"data": data.ArrayLayout(shape, par), "last": 1})


def n_beats(channels: int, par: int) -> int:
    """Beats per pixel: the quotient, rounded up."""
    return -(-channels // par)


def repeated(value: int, shape: Shape, par: int) -> int:
    """The bits of ``par`` activations that all have one value."""
    pattern = value % 2**shape.width
    return sum(pattern << n * shape.width for n in range(par))


def pace_par(par: int, folds: int) -> int:
    """Channels per beat: the least divisor of ``par`` with which ``par`` sums, which come every
    ``folds`` cycles, have left before the next do."""
    return min(
        out_par for out_par in range(1, par + 1) if par % out_par == 0 and out_par * folds >= par
    )


def in_names(n: int) -> list[str]:
    """Names of the input streams of a component that has ``n``: ``i``, ``i_1``, ``i_2``, ..."""
    return ["i", *(f"i_{k}" for k in range(1, n))]
