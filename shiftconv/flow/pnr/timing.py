"""What nextpnr says of a routed design, in terms of the design's components."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["CriticalPath", "Segment", "Timing", "overfull", "read_timing", "stage_of"]

CORE = "link.core.core."
HOST = "host link"


@dataclass(frozen=True)
class Segment:
    """A part of a path that lies in one component.

    Parameters
    ----------
    component : str
        Path of instances.
    delay_ns : float
        Of its cells, and of the wires that lead away from them.
    """

    component: str
    delay_ns: float


@dataclass(frozen=True)
class CriticalPath:
    """The slowest path from register to register.

    Parameters
    ----------
    start, end : str
        Components of the registers.
    stage : str
        Where most of its time is spent: a stage of the plan, or what stands beside.
    delay_ns, routing_ns : float
        In all, and of it on wires.
    segments : tuple of Segment
        In order.
    """

    start: str
    end: str
    stage: str
    delay_ns: float
    routing_ns: float
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Timing:
    """How fast a routed design is, and what it takes.

    Parameters
    ----------
    fmax_mhz : float
    critical_path : CriticalPath
    utilization : mapping
        ``used`` and ``available`` of each of nextpnr's resources that is used.
    """

    fmax_mhz: float
    critical_path: CriticalPath
    utilization: Mapping[str, Mapping[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return asdict(self)


def stage_of(component: str, stages: Sequence[str]) -> str:
    """Stage of the plan that a component is part of; for others the instance beside the stages, or
    the host link.

    A buffer, adapter or queue belongs to the stage that it leads to.
    """
    if not component.startswith(CORE):
        return HOST
    instance = component.removeprefix(CORE).partition(".")[0]
    by_length = sorted(stages, key=len, reverse=True)
    for stage in by_length:
        if re.fullmatch(rf"((buffer|adapter|queue|fork)_)?{re.escape(stage)}(_\d+)?", instance):
            return stage
    return instance


def read_timing(
    report: Mapping[str, Any],
    component_of: Callable[[str], str | None],
    stages: Sequence[str],
) -> Timing:
    """Timing out of nextpnr's report.

    Parameters
    ----------
    report : mapping
        Content of the file that ``--report`` writes.
    component_of : callable
        Path of instances of a cell, None if it is not known; then the cell counts as of the
        component before.
    stages : sequence of str
        Names of the plan's stages.
    """
    slowest = min(report["fmax"], key=lambda clock: report["fmax"][clock]["achieved"])
    edge = f"posedge {slowest}"
    steps = next(
        path["path"] for path in report["critical_paths"] if path["from"] == path["to"] == edge
    )
    end = component_of(steps[-1]["to"]["cell"])
    known = [component_of(step["from"]["cell"]) for step in steps]
    first = next((component for component in known if component is not None), end or "")
    merged: list[list[Any]] = []
    present = first
    for component, step in zip(known, steps, strict=True):
        present = present if component is None else component
        if not merged or merged[-1][0] != present:
            merged.append([present, 0.0])
        merged[-1][1] += step["delay"]
    segments = tuple(Segment(component, round(delay, 3)) for component, delay in merged)
    by_stage: dict[str, float] = {}
    for segment in segments:
        stage = stage_of(segment.component, stages)
        by_stage[stage] = by_stage.get(stage, 0) + segment.delay_ns
    path = CriticalPath(
        start=first,
        end=present if end is None else end,
        stage=max(by_stage, key=lambda stage: by_stage[stage]),
        delay_ns=round(sum(step["delay"] for step in steps), 3),
        routing_ns=round(sum(s["delay"] for s in steps if s["type"] == "routing"), 3),
        segments=segments,
    )
    used = {name: dict(use) for name, use in report["utilization"].items() if use["used"]}
    return Timing(report["fmax"][slowest]["achieved"], path, used)


def overfull(log: str) -> dict[str, tuple[int, int]]:
    """Resources of which nextpnr's log says that more are used than there are: used, available.

    Buffers of pins are no resource of their own everywhere: of those it counts none.
    """
    found = re.findall(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%", log, re.MULTILINE)
    counts = {name: (int(used), int(there)) for name, used, there in found}
    return {
        name: (used, there)
        for name, (used, there) in counts.items()
        if used > there and not name.endswith("BUF")
    }
