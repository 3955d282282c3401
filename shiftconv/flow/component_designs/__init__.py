"""Bare components that can be generated alone, each with a golden test of its own: a file each."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import numpy as np
from amaranth.lib import wiring

from quant.codebook import Codebook, PowerOfTwo, TwosComplement, codebook_from_name
from quant.fixed_point import ActFormat
from quant.registry import find_kinds
from shiftconv.target import Target

__all__ = ["COMPONENT_DESIGNS", "ComponentDesign"]

CODEBOOKS: dict[str, type[PowerOfTwo] | type[TwosComplement]] = {
    "svpe": PowerOfTwo,
    "vpe": TwosComplement,
}


@dataclass(frozen=True, kw_only=True)
class ComponentDesign(ABC):
    """Parameters of a component, as they stand in a manifest.

    Parameters
    ----------
    lane : {"svpe", "vpe"}
        Kind of processing element.
    weight_width : int
        Exponent width of a power-of-two weight, or bits of an integer weight for the ``vpe``.
    weights : str, optional
        Name of a codebook, instead of the lane's of ``weight_width``.
    act_width : int
        Bits of an activation.
    signed : bool
        Whether activations are signed.
    family : str, optional
        Family of devices that it is built for.
    structure : str, optional
        Structure of the processing elements, instead of the family's best.
    """

    kind: ClassVar[str]

    lane: str = "svpe"
    weight_width: int = 2
    weights: str | None = None
    act_width: int = 8
    signed: bool = False
    family: str | None = None
    structure: str | None = None

    def __post_init__(self) -> None:
        if self.lane not in CODEBOOKS:
            raise ValueError(f"Lane must be one of {', '.join(CODEBOOKS)}, not {self.lane!r}")
        terms = [term.codebook for term in self.codebook.terms]
        if self.weights is not None:
            multiplies = any(isinstance(term, TwosComplement) for term in terms)
            object.__setattr__(self, "lane", "vpe" if multiplies else "svpe")
        _ = self.act_format, self.target

    @property
    def codebook(self) -> Codebook:
        """Codebook of the weights."""
        if self.weights is not None:
            return codebook_from_name(self.weights)
        return CODEBOOKS[self.lane](self.weight_width)

    @property
    def n_terms(self) -> int:
        """Lanes of a weight."""
        return len(self.codebook.terms)

    @property
    def target(self) -> Target:
        """What it is built for."""
        return Target(family=self.family, structure=self.structure)

    def _structure_for(self, lanes: int) -> str:
        """Structure of processing elements with ``lanes`` lanes each."""
        return self.target.structure_for(self.codebook, self.act_format, lanes)

    @property
    def act_format(self) -> ActFormat:
        """Format of the activations."""
        return ActFormat(self.act_width, 0, self.signed)

    @property
    def cycles_per_frame(self) -> int | None:
        """Cycles per frame in steady state; None for what takes no frames."""
        return None

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates per frame."""
        return None

    @property
    @abstractmethod
    def n_lanes(self) -> int:
        """Lanes of all processing elements."""

    @abstractmethod
    def component(self) -> wiring.Component:
        """Build it."""

    @abstractmethod
    def stimulus(self, rng: np.random.Generator, n: int) -> tuple[dict[str, list[int]], list[int]]:
        """``n`` random windows or images: payloads of every input stream, and golden output."""

    def as_dict(self) -> dict[str, Any]:
        """Parameters for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, parameters: dict[str, Any]) -> "ComponentDesign":
        """Inverse of :meth:`as_dict`; raises ValueError if a parameter is unknown."""
        known = {field.name for field in fields(cls)}
        for name in parameters:
            if name not in known:
                raise ValueError(f"A {cls.kind} has no parameter {name!r}")
        tupled: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in parameters.items()
        }
        return cls(**tupled)


COMPONENT_DESIGNS = find_kinds(__name__, __path__, ComponentDesign)  # type: ignore[type-abstract]
