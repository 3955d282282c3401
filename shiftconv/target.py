"""What an accelerator is built for, as far as its stages must know."""

from dataclasses import dataclass

from quant.codebook import Codebook
from quant.fixed_point import ActFormat
from shiftconv.gateware.dot_products import DOT_PRODUCTS, default_structure

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

    Raises
    ------
    ValueError
        If there is no such structure.
    """

    family: str | None = None
    structure: str | None = None

    def __post_init__(self) -> None:
        if self.structure is not None and self.structure not in DOT_PRODUCTS:
            raise ValueError(
                f"Structure must be one of {', '.join(DOT_PRODUCTS)}, not {self.structure!r}"
            )

    def structure_for(self, codebook: Codebook, act: ActFormat, lanes: int) -> str:
        """Structure of a processing element with ``lanes`` lanes."""
        if self.structure is not None and DOT_PRODUCTS[self.structure].fits(codebook):
            return self.structure
        return default_structure(codebook)


ANY_TARGET = Target()
