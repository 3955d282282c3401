"""What a design takes of a device."""

from dataclasses import asdict, dataclass, fields

__all__ = ["Area"]


@dataclass(frozen=True)
class Area:
    """What a design takes; units are the target's own, as in :class:`boards.Resources`.

    Parameters
    ----------
    lut : int
        Look-up tables, those used as memory included.
    ff : int
        Flip-flops.
    dsp : float
        Multiplier blocks; one that can be halved may count a half.
    bram : float
        Block memories; half a one on xcup and xc7 is a RAMB18.
    carry : int
        Bits of carry chain.
    lutram : int
        Look-up tables used as memory or shift register, out of ``lut``.
    big_ram : int
        UltraRAM, iCE40 SPRAM or Nexus LRAM.
    """

    lut: int = 0
    ff: int = 0
    dsp: float = 0
    bram: float = 0
    carry: int = 0
    lutram: int = 0
    big_ram: int = 0

    def __add__(self, other: "Area") -> "Area":
        """Area of both together."""
        return self.plus(other, 1)

    def plus(self, other: "Area", times: int) -> "Area":
        """Area of this and of ``times`` instances of ``other``."""
        names = [field.name for field in fields(self)]
        return Area(**{name: getattr(self, name) + times * getattr(other, name) for name in names})

    def as_dict(self) -> dict[str, float]:
        """The counts by name, for JSON."""
        return asdict(self)
