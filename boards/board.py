"""What a board or a bare device is to the rest of the project: a row of data."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

__all__ = ["FAMILIES", "Board", "Family", "Resources"]

Family = Literal["xcup", "xc7", "ecp5", "ice40", "gowin", "nexus"]
FAMILIES: tuple[str, ...] = get_args(Family)


@dataclass(frozen=True)
class Resources:
    """What a device holds in all.

    Parameters
    ----------
    lut : int
        Look-up tables: of six inputs on xcup and xc7, of four inputs elsewhere.
    ff : int
        Flip-flops of the logic cells.
    dsp : int
        Multiplier blocks: DSP48 on xcup and xc7, 18×18 multipliers on ecp5, gowin and nexus,
        SB_MAC16 on ice40.
    bram : int
        Block memories of ``bram_bits`` bits each, parity included.
    bram_bits : int
        Bits of one block memory.
    big_ram : int
        Blocks of the larger, uninitialised memory: UltraRAM, iCE40 SPRAM or Nexus LRAM.
    big_ram_bits : int
        Bits of one such block.
    """

    lut: int
    ff: int
    dsp: int
    bram: int
    bram_bits: int
    big_ram: int = 0
    big_ram_bits: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0:
                raise ValueError(f"Resource {name} must not be negative, but is {value}")

    @property
    def memory_bits(self) -> int:
        """Bits of all block memories together, the larger blocks not counted."""
        return self.bram * self.bram_bits


@dataclass(frozen=True)
class Board:
    """A board, or a device alone.

    Parameters
    ----------
    name : str
        What users type, in lower case: ``"zcu102"``.
    title : str
        Maker and product.
    part : str
        Order code of the device, without package and speed grade for a bare device.
    family : str
        Which architecture Yosys synthesizes for: one of :data:`FAMILIES`.
    resources : Resources
        Totals of the device.
    source : str
        Document that the totals were taken from.
    clock_mhz : float or None
        Frequency of the clock that reaches the logic without configuration by software; ``None``
        for a bare device and for a board whose clock comes from its processor.
    platform : str or None
        Class of its platform in Amaranth, as ``"module:Class"``; ``None`` where there is none.
    """

    name: str
    title: str
    part: str
    family: Family
    resources: Resources
    source: str
    clock_mhz: float | None = None
    platform: str | None = None

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"Family must be one of {', '.join(FAMILIES)}, not {self.family!r}")

    def carrying(
        self,
        name: str,
        *,
        title: str,
        part: str,
        clock_mhz: float | None = None,
        platform: str | None = None,
    ) -> "Board":
        """The board ``name`` that carries this device."""
        return replace(
            self, name=name, title=title, part=part, clock_mhz=clock_mhz, platform=platform
        )
