"""Stages and parts drawn at random and synthesized, kept in files of JSON lines."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from shiftconv.area import Area
from shiftconv.flow.estimates.drawing import draw_specimen
from shiftconv.flow.estimates.shelf import Shelf
from shiftconv.flow.estimates.specimen import component_of
from shiftconv.flow.files import output_errors
from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.tools import yosys_version
from shiftconv.flow.verilog import emit_verilog

__all__ = ["Sample", "measure_specimens", "read_samples", "sample_family", "sample_path"]

PER_RUN = 16
"""Specimens that a run of Yosys takes: its start costs as much as a few of them."""

COUNTS = ("lut", "ff", "carry", "lutram", "bram", "big_ram", "dsp")


@dataclass(frozen=True)
class Sample:
    """What synthesis made of a specimen.

    Parameters
    ----------
    number : int
        Of the drawing.
    yosys : str
        Version of the tool.
    area : Area
    specimen : mapping
        Parameters of :func:`component_of`.
    """

    number: int
    yosys: str
    area: Area
    specimen: Mapping[str, Any]

    def as_line(self) -> str:
        """A line of JSON."""
        counts = [getattr(self.area, name) for name in COUNTS]
        row = [self.number, self.yosys, counts, self.specimen]
        return json.dumps(row, separators=(",", ":")) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Sample":
        """What :meth:`as_line` wrote."""
        number, yosys, counts, specimen = json.loads(line)
        return cls(number, yosys, Area(**dict(zip(COUNTS, counts, strict=True))), specimen)


def sample_path(folder: Path, family: str) -> Path:
    """File of a family's samples."""
    return folder / f"{family}.jsonl"


def read_samples(folder: Path, family: str) -> list[Sample]:
    """A family's samples by their numbers; none if there is no file.

    Raises
    ------
    ValueError
        If a line is none of a sample.
    """
    path = sample_path(folder, family)
    if not path.exists():
        return []
    found: dict[int, Sample] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            sample = Sample.from_line(line)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: line {number} is no sample: {error}") from error
        found[sample.number] = sample
    return [found[number] for number in sorted(found)]


def measure_specimens(
    specimens: Mapping[str, Mapping[str, Any]], family: str, work: Path
) -> dict[str, Area]:
    """Synthesize specimens side by side, each a module of its own that keeps its name."""
    shelf = Shelf({name: component_of(each, family) for name, each in specimens.items()})
    work.mkdir(parents=True, exist_ok=True)
    verilog = work / "shelf.v"
    verilog.write_text(emit_verilog(shelf, name="shelf", family=family))
    result = synthesize(verilog, top="shelf", family=family, work=work, stages=list(specimens))
    return {stage.name: stage.area for stage in result.stages if stage.name in specimens}


def sample_family(
    family: str,
    folder: Path,
    *,
    count: int,
    seconds: float | None = None,
    on_count: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Draw and synthesize the first ``count`` specimens of a family, but those that are there.

    A few at a time are appended to the family's file, so that one may stop at any moment and go
    on later; nothing new begins after some seconds.

    Returns
    -------
    int
        Samples that are there now.

    Raises
    ------
    ToolError
        If Yosys fails.
    OutputError
        If the file cannot be written.
    """
    start = time.monotonic()
    there = {sample.number for sample in read_samples(folder, family)}
    pending = (number for number in range(count) if number not in there)
    on_count(len(there), count)
    while batch := list(islice(pending, PER_RUN)):
        if seconds is not None and time.monotonic() - start > seconds:
            break
        _append(sample_path(folder, family), _measured(batch, family))
        there.update(batch)
        on_count(len(there), count)
    return len(there)


def _measured(numbers: Sequence[int], family: str) -> Iterator[Sample]:
    drawn = {f"s{number}": draw_specimen(number, family) for number in numbers}
    with tempfile.TemporaryDirectory(prefix="shiftconv-") as folder:
        areas = measure_specimens(drawn, family, Path(folder))
    for number in numbers:
        name = f"s{number}"
        yield Sample(number, yosys_version(), areas[name], drawn[name])


def _append(path: Path, samples: Iterator[Sample]) -> None:
    lines = "".join(sample.as_line() for sample in samples)
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(lines)
