"""The family of devices that a design is elaborated for."""

from dataclasses import dataclass

__all__ = ["FamilyPlatform", "family_of"]


@dataclass(frozen=True)
class FamilyPlatform:
    """What components see as ``platform``: nothing but a family of devices.

    Parameters
    ----------
    family : str
        As :mod:`boards` names it.
    """

    family: str


def family_of(platform) -> str | None:
    """Family whose primitives may be used; None for a design that suits any."""
    return platform.family if isinstance(platform, FamilyPlatform) else None
