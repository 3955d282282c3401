"""What an accelerator is built for, as far as its stages must know."""

from dataclasses import dataclass

from quant.codebook import Codebook, PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.gateware.dot_product import dot_product_fits
from shiftconv.gateware.dot_products import DOT_PRODUCTS, default_structure
from shiftconv.structure_table import nearest_structure

__all__ = ["ANY_TARGET", "Target"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A family of devices, and what the user wants of the processing elements.

    Parameters
    ----------
    family : str, optional
        Family of devices, as :mod:`boards` names it; without one, structures that suit any.
    structure : str, optional
        Structure of every processing element whose codebook it takes, instead of the family's best.
    loaded : bool
        Large memories of weights are loaded by the host at start, instead of coming with the
        configuration.

    Raises
    ------
    ValueError
        If there is no such structure.
    """

    family: str | None = None
    structure: str | None = None
    loaded: bool = False

    def __post_init__(self) -> None:
        if self.structure is not None and self.structure not in DOT_PRODUCTS:
            raise ValueError(
                f"Structure must be one of {', '.join(DOT_PRODUCTS)}, not {self.structure!r}"
            )

    def structure_for(self, codebook: Codebook, act: ActFormat, lanes: int) -> str:
        """Structure of a processing element with ``lanes`` lanes: the user's if it takes the
        codebook, else the family's best by measurement, else one that suits any family."""
        return self.structures_for(codebook, act, lanes)[0]

    def structures_for(self, codebook: Codebook, act: ActFormat, lanes: int) -> tuple[str, ...]:
        """That structure first, and after it the others that were measured for the family."""
        if self.structure is not None and dot_product_fits(self.structure, codebook):
            return (self.structure,)
        measured = (
            structure
            for term in codebook.terms
            for structure in self._ranking(term.codebook, act, lanes)
            if dot_product_fits(structure, codebook)
        )
        return tuple(dict.fromkeys(measured)) or (default_structure(codebook),)

    def _ranking(self, codebook: Codebook, act: ActFormat, lanes: int) -> list[str]:
        """Structures that were measured for lanes of one codebook, the family's best first."""
        if self.family == "xcup" and isinstance(codebook, TwosComplement):
            return ["dsp_cascade"]
        if self.family is None or not isinstance(codebook, PowerOfTwo):
            return []
        row = nearest_structure(family=self.family, **_size(codebook, act, lanes))
        if row is None:
            return []
        ranking = [row.structure, *sorted(row.others, key=row.others.__getitem__)]
        # A row may be older than a structure's name.
        return [structure for structure in ranking if structure in DOT_PRODUCTS]


def _size(codebook: PowerOfTwo, act: ActFormat, lanes: int) -> dict[str, int]:
    """Key of the measured table, where activations are signed."""
    width = act.width + (not act.signed)
    return {"exponent_width": codebook.exponent_width, "act_width": width, "lanes": lanes}


ANY_TARGET = Target()
