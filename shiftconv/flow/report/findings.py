"""What commands found out about a design, by kind of finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

__all__ = [
    "Accuracy",
    "Comparison",
    "EnergySplit",
    "Finding",
    "Generated",
    "Route",
    "Simulation",
    "Synthesis",
    "read_findings",
]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one command; fields are keys of its JSON, and mean what they mean there.

    Parameters
    ----------
    command : str
        That reproduces it.
    tool_versions : mapping
    """

    prefix: ClassVar[str]

    command: str
    tool_versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Generated(Finding):
    """That the design was written."""

    prefix: ClassVar[str] = "generate"


@dataclass(frozen=True, kw_only=True)
class Simulation(Finding):
    """Golden model against Verilog or netlist."""

    prefix: ClassVar[str] = "simulate"

    engine: str
    images: int
    values: int
    mismatched_values: int
    top1: float | None
    golden_top1: float | None
    cycles_per_frame: int | None
    planned_cycles_per_frame: int | None
    mean_cycles_per_frame: float | None
    latency_cycles: int
    planned_latency_cycles: int | None
    frame_errors: int
    malformed_frames: int

    @property
    def holds(self) -> bool:
        """Every value equals the golden model's, wrong frames and no others are flagged."""
        return self.mismatched_values == 0 and self.frame_errors == self.malformed_frames


@dataclass(frozen=True, kw_only=True)
class Comparison(Finding):
    """Golden model against every stream between the stages."""

    prefix: ClassVar[str] = "diff"

    images: int
    places: int
    values: int
    finding: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Accuracy(Finding):
    """The golden model on labelled images."""

    prefix: ClassVar[str] = "evaluate"

    scheme: str
    bits: int
    images: int
    top1: float
    float_top1: float | None


@dataclass(frozen=True, kw_only=True)
class Synthesis(Finding):
    """Area on one target."""

    prefix: ClassVar[str] = "synth"

    board: str | None
    family: str
    area: Mapping[str, float]
    stages: Sequence[Mapping[str, Any]]
    utilization: Mapping[str, float] | None

    @property
    def target(self) -> str:
        """Board, or family where none was named."""
        return self.board or self.family


@dataclass(frozen=True, kw_only=True)
class Route(Finding):
    """Place and route on one board."""

    prefix: ClassVar[str] = "pnr"

    board: str
    device: str
    fmax_mhz: float
    constraint_mhz: float
    utilization: Mapping[str, Mapping[str, int]]
    critical_path: Mapping[str, Any]
    frames_per_second: float
    bitstream: str | None

    @property
    def holds(self) -> bool:
        """Whether the clock that was asked for is reached."""
        return self.fmax_mhz >= self.constraint_mhz


@dataclass(frozen=True, kw_only=True)
class EnergySplit(Finding):
    """Relative energy on one family."""

    prefix: ClassVar[str] = "energy"

    family: str
    relative_per_frame: float
    relative_per_mac: float | None
    roles: Mapping[str, float]
    stages: Mapping[str, float]


T = TypeVar("T", bound=Finding)


def read_findings(kind: type[T], kept: Mapping[str, Mapping[str, Any]]) -> tuple[T, ...]:
    """Every finding of one kind among the results of a build folder, in the order of names.

    One that lacks something, as another version may have left it, is not there.
    """
    names = [field.name for field in fields(kind)]
    return tuple(
        kind(**{name: result[name] for name in names})
        for key, result in kept.items()
        if key.partition(".")[0] == kind.prefix and all(name in result for name in names)
    )
