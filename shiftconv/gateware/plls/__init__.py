"""Clocks from a board's clock: one file per family's phase-locked loop."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amaranth.lib import io, wiring
from amaranth.lib.wiring import Out

from quant.registry import find_kinds

__all__ = ["PLLS", "Limits", "Pll", "PllError", "PllSetting"]

TOLERANCE = 0.01
MEGA = 1_000_000


class PllError(ValueError):
    """A clock cannot be had; the sentence says what can."""


@dataclass(frozen=True)
class Limits:
    """What a PLL may be asked for, each as the least and the greatest frequency in MHz.

    Parameters
    ----------
    reference : (float, float)
        Of the clock that comes in.
    phase : (float, float)
        At the phase detector.
    oscillator : (float, float)
    output : (float, float)
    """

    reference: tuple[float, float]
    phase: tuple[float, float]
    oscillator: tuple[float, float]
    output: tuple[float, float]


@dataclass(frozen=True)
class PllSetting:
    """Dividers of a PLL: ``out_hz = in_hz / divide * multiply / split``.

    Parameters
    ----------
    in_hz : float
    divide : int
        Of the reference, before the phase detector.
    multiply : int
        Of the phase detector's frequency, to the oscillator's.
    split : int
        Of the oscillator's frequency, to the output's.
    """

    in_hz: float
    divide: int
    multiply: int
    split: int

    @property
    def phase_hz(self) -> float:
        """At the phase detector."""
        return self.in_hz / self.divide

    @property
    def oscillator_hz(self) -> float:
        return self.phase_hz * self.multiply

    @property
    def out_hz(self) -> float:
        return self.oscillator_hz / self.split


class Pll(wiring.Component, ABC):
    """A clock made from one that comes in by a pin.

    Parameters
    ----------
    setting : PllSetting
        From :meth:`plan`.
    pin : io.PortLike
        Where the clock comes in.

    Members
    -------
    clk : Out(1)
    locked : Out(1)
        ``clk`` is what it shall be.
    """

    kind: ClassVar[str]
    """Family of devices."""

    def __init__(self, setting: PllSetting, pin: io.PortLike):
        self.setting = setting
        self.pin = pin
        super().__init__({"clk": Out(1), "locked": Out(1)})

    @classmethod
    @abstractmethod
    def limits(cls, part: str) -> Limits:
        """Of a device, from its maker's data sheet."""

    @classmethod
    @abstractmethod
    def dividers(cls) -> Iterator[tuple[int, int, int]]:
        """Every ``divide``, ``multiply``, ``split`` that the block can be set to."""

    @classmethod
    def settings(cls, *, in_hz: float, part: str) -> Iterator[PllSetting]:
        """Every setting that is within the device's limits."""
        limits = cls.limits(part)
        if not _within(in_hz, limits.reference):
            return
        for divide, multiply, split in cls.dividers():
            phase_hz = in_hz / divide
            if (
                _within(phase_hz, limits.phase)
                and _within(phase_hz * multiply, limits.oscillator)
                and _within(phase_hz * multiply / split, limits.output)
            ):
                yield PllSetting(in_hz, divide, multiply, split)

    @classmethod
    def plan(cls, *, in_hz: float, out_hz: float, part: str) -> PllSetting:
        """The setting closest to ``out_hz``; among equals the one with the least divisions.

        Parameters
        ----------
        in_hz, out_hz : float
        part : str
            Order code of the device.

        Raises
        ------
        PllError
            If nothing comes within one percent; the sentence says what would.
        """
        limits = cls.limits(part)
        if not _within(in_hz, limits.reference):
            raise PllError(
                f"The PLL of {part} takes {_span(limits.reference)}, not {in_hz / MEGA:g} MHz"
            )
        best = min(
            cls.settings(in_hz=in_hz, part=part),
            key=lambda s: (abs(s.out_hz - out_hz), s.divide, s.multiply),
            default=None,
        )
        if best is None or not _within(out_hz, limits.output):
            raise PllError(
                f"The PLL of {part} gives {_span(limits.output)}, not {out_hz / MEGA:g} MHz"
            )
        if abs(best.out_hz - out_hz) > TOLERANCE * out_hz:
            raise PllError(
                f"The PLL of {part} makes no {out_hz / MEGA:g} MHz of {in_hz / MEGA:g} MHz; "
                f"the closest is {best.out_hz / MEGA:g} MHz"
            )
        return best


def _within(hz: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] * MEGA <= hz <= bounds[1] * MEGA


def _span(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g} MHz"


PLLS = find_kinds(__name__, __path__, Pll)  # type: ignore[type-abstract]
