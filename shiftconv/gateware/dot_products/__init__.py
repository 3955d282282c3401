"""Structures of a dot product: lanes, adders and accumulator, one file per kind."""

from collections.abc import Mapping
from typing import Any, ClassVar

from amaranth.hdl import Shape, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import Codebook, PowerOfTwo
from quant.registry import find_kinds

__all__ = ["DOT_PRODUCTS", "DotProduct", "default_structure", "dot_product_members"]


def dot_product_members(
    codebook: Codebook, act: Shape, lanes: int, acc_width: int
) -> dict[str, wiring.Member]:
    """Members of a :class:`DotProduct`."""
    return {
        "en": In(1),
        "act": In(data.ArrayLayout(act, lanes)),
        "code": In(data.ArrayLayout(codebook.code_width, lanes)),
        "restart": In(1),
        "accumulate": In(1),
        "total": Out(signed(acc_width)),
    }


class DotProduct(wiring.Component):
    """Sum ``lanes`` products a cycle, and add the sums of several cycles up.

    ``total = sum over the folds since the last restart of sum over lanes of act * level(code)``.
    Throughput one fold per cycle in which ``en`` is high; a fold is in ``total`` after ``latency``
    such cycles.

    Parameters
    ----------
    codebook : Codebook
        Must be a ``codebook_type`` of the kind, and one that it ``takes``.
    act : ShapeLike
        Activation, signed or unsigned.
    lanes : int
    acc_width : int
        Bits of ``total``; the caller guarantees that no sum of a window overflows it.

    Members
    -------
    en : In(1)
        Every register moves when high; all stand still when low.
    act : In(ArrayLayout(act, lanes))
    code : In(ArrayLayout(codebook.code_width, lanes))
    restart, accumulate : In(1)
        Of the fold that entered ``latency - 1`` moves ago: whether it is its window's first, and
        whether it is a fold at all; ``total`` holds where it is not.
    total : Out(signed(acc_width))
    """

    kind: ClassVar[str]
    lane: ClassVar[str]
    """Whose dot product it is: ``svpe`` where products are shifts, else ``vpe``."""

    codebook_type: ClassVar[type]

    def __init__(self, *, codebook: Any, act, lanes: int, acc_width: int):
        if not self.fits(codebook):
            raise ValueError(
                f"Codebook must be a {self.codebook_type.__name__} that a {self.kind} takes, "
                f"not {codebook!r}"
            )
        if lanes < 1:
            raise ValueError(f"Number of lanes must be a positive integer, not {lanes!r}")
        if acc_width < 1:
            raise ValueError(f"Accumulator width must be a positive integer, not {acc_width!r}")
        self.codebook = codebook
        self.act_shape = Shape.cast(act)
        self.lanes = lanes
        self.acc_width = acc_width
        self.latency = self.latency_of(codebook, lanes)
        super().__init__(dot_product_members(codebook, self.act_shape, lanes, acc_width))

    @classmethod
    def fits(cls, codebook: Any) -> bool:
        """Whether the codebook is of the structure's type, and one that it takes."""
        return isinstance(codebook, cls.codebook_type) and cls.takes(codebook)

    @classmethod
    def takes(cls, codebook: Any) -> bool:
        """Whether the structure works with this codebook of its type.

        Shifts other than 0, 1, 2, ... are for those that say so.
        """
        return not isinstance(codebook, PowerOfTwo) or codebook.every_shift

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        """Moves from a fold to the ``total`` that it is in, at least 1."""
        raise NotImplementedError


DOT_PRODUCTS: Mapping[str, type[DotProduct]] = find_kinds(__name__, __path__, DotProduct)


def default_structure(codebook: Codebook) -> str:
    """Kind that suits a codebook on any family of devices."""
    shifts = all(isinstance(term.codebook, PowerOfTwo) for term in codebook.terms)
    return "tree" if shifts else "multiplier_tree"
