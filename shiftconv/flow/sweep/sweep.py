"""Every point of a sweep: from the file of an earlier one, or measured now."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quant.datasets import load_dataset
from shiftconv.flow.sweep.measure import Images, measure_accuracy, measure_network, measure_point
from shiftconv.flow.sweep.origin import digest_of_arrays, digest_of_parts, sources_digest, versions
from shiftconv.flow.sweep.points import Choices, Point
from shiftconv.flow.sweep.sources import Variant, onnx_of
from shiftconv.flow.sweep.store import SweepStore
from shiftconv.flow.sweep.tasks import Run, Task

__all__ = ["Swept", "load_images", "sweep"]


@dataclass(frozen=True)
class Swept:
    """What a sweep found.

    Parameters
    ----------
    rows : list of dict
        A row for each point, in order, but for those that were lost.
    lost : list of dict
        ``what`` was not found and ``why``: a process died, a tool failed. A sweep that is run again
        tries them again.
    n_known : int
        Points that were in the file before.
    """

    rows: list[dict[str, Any]]
    lost: list[dict[str, str]]
    n_known: int


def load_images(folders: Sequence[Path]) -> dict[tuple[int, ...], Images]:
    """Test images of data sets, by the shape of an image; the first one of a shape."""
    found: dict[tuple[int, ...], Images] = {}
    for folder in folders:
        images, labels = load_dataset(folder)
        found.setdefault(images.shape[1:], Images(images, labels))
    return found


def sweep(
    variants: Sequence[Variant],
    choices: Choices,
    *,
    store: SweepStore,
    run: Run,
    images: dict[tuple[int, ...], Images],
    on_phase: Callable[[str], None] = lambda phase: None,
    on_count: Callable[[int, int], None] = lambda n_done, n_all: None,
) -> Swept:
    """Measure what the file does not have yet, and keep each result as soon as it is there.

    Parameters
    ----------
    variants : sequence of Variant
        Networks.
    choices : Choices
        What is asked of each.
    store : SweepStore
    run : callable
        Does the work.
    images : dict
        What :func:`load_images` gives; without any no accuracy is measured.
    on_phase : callable
        Told what goes on.
    on_count : callable
        Told how much of it is done.

    Raises
    ------
    ValueError
        If images are given, but none has the shape that a network takes.
    OutputError
        If the file cannot be written.
    """
    return _Sweep(variants, choices, store, run, images, on_phase, on_count).rows()


@dataclass(frozen=True)
class _Job:
    """A point or, without one, an accuracy."""

    key: str
    variant: Variant
    point: Point | None = None

    @property
    def name(self) -> str:
        asked = self.variant.asked
        name = f"{asked['model']}, {asked['scheme']}, {asked['bits']} bits"
        return f"{name}, {self.point.board}" if self.point else f"accuracy of {name}"


class _Sweep:
    """A sweep under way."""

    def __init__(
        self,
        variants: Sequence[Variant],
        choices: Choices,
        store: SweepStore,
        run: Run,
        images: dict[tuple[int, ...], Images],
        on_phase: Callable[[str], None],
        on_count: Callable[[int, int], None],
    ):
        self.store, self.run, self.images = store, run, images
        self.on_phase, self.on_count = on_phase, on_count
        self.lost: list[dict[str, str]] = []
        self.points = [
            _Job(_point_key(variant, point), variant, point)
            for variant in variants
            for point in choices.points(**variant.asked)
        ]
        data = {shape: digest_of_arrays(i.images, i.labels) for shape, i in images.items()}
        self.accuracies = {
            variant.key: _Job(digest_of_parts(variant.key, data[_shape(variant, images)]), variant)
            for variant in (variants if images else ())
        }

    def rows(self) -> Swept:
        known = self.store.known("figures", [job.key for job in self.points])
        measured = self.store.known("accuracies", [job.key for job in self.accuracies.values()])
        missing = [job for job in self.accuracies.values() if job.key not in measured]
        missing += [job for job in self.points if job.key not in known]
        files = self._files({job.variant.key: job.variant for job in missing})
        self._measure([job for job in missing if job.variant.key in files], files)
        rows = [row for job in self.points if (row := self._row(job)) is not None]
        return Swept(rows, self.lost, len(known))

    def _files(self, variants: dict[str, Variant]) -> dict[str, bytes | str]:
        """ONNX files of networks, or why there is none; those that are missing are quantized."""
        found: dict[str, bytes | str] = {}
        tasks = {}
        for key, variant in variants.items():
            if variant.source.network is not None:
                found[key] = onnx_of(variant.source.network)
            elif (row := self.store.get("networks", key)) is not None:
                found[key] = row["onnx"] or row["error"]
            else:
                choice = (variant.scheme, variant.bits, variant.act_width)
                name = _Job(key, variant).name.removeprefix("accuracy of ")
                tasks[Task(name, measure_network, variant.source, choice)] = variant
        for task, row in self._results("quantizing", list(tasks)):
            variant = tasks[task]
            self.store.put("networks", {"key": variant.key, **variant.asked, **row})
            found[variant.key] = row["onnx"] or row["error"]
        return found

    def _measure(self, jobs: list[_Job], files: dict[str, bytes | str]) -> None:
        tasks = {}
        for job in jobs:
            file = files[job.variant.key]
            if isinstance(file, str):
                if job.point is not None:
                    self._keep(job, job.point, {"error": file, "tool_versions": versions(False)})
            elif job.point is None:
                images = self.images[_shape(job.variant, self.images)]
                tasks[Task(job.name, measure_accuracy, file, (images,))] = job
            else:
                tasks[Task(job.name, measure_point, file, (job.point,))] = job
        for task, row in self._results("measuring", list(tasks)):
            job = tasks[task]
            if job.point is not None:
                self._keep(job, job.point, row)
            else:
                self.store.put("accuracies", {"key": job.key, "network": job.variant.key, **row})

    def _keep(self, job: _Job, point: Point, row: dict[str, Any]) -> None:
        origin = {"key": job.key, "network": job.variant.key, "sources": sources_digest()}
        self.store.put("figures", origin | point.asked() | row)

    def _results(self, phase: str, tasks: list[Task]) -> Iterator[tuple[Task, dict[str, Any]]]:
        """What tasks give; those that fail are lost."""
        self.on_phase(phase)
        self.on_count(0, len(tasks))
        for n_done, (task, found) in enumerate(self.run(tasks), 1):
            if isinstance(found, Exception):
                self.lost.append({"what": task.name, "why": str(found) or type(found).__name__})
            else:
                yield task, found
            self.on_count(n_done, len(tasks))

    def _row(self, job: _Job) -> dict[str, Any] | None:
        """Row of a point, with the accuracy on the images that were asked for."""
        row = self.store.get("points", job.key)
        if row is None:
            return None
        row["tool_versions"] = json.loads(row["tool_versions"])
        if job.variant.key in self.accuracies:
            found = self.store.get("accuracies", self.accuracies[job.variant.key].key)
            row |= {name: found[name] if found else None for name in ("top1", "images")}
        return row


def _point_key(variant: Variant, point: Point) -> str:
    return digest_of_parts(
        variant.key, point.asked(), point.synthesize, sources_digest(), versions(point.synthesize)
    )


def _shape(variant: Variant, images: dict[tuple[int, ...], Images]) -> tuple[int, ...]:
    """Key of the images that a network takes."""
    shape = variant.source.in_shape
    if shape not in images:
        there = ", ".join("x".join(map(str, known)) for known in images)
        raise ValueError(
            f"{variant.source.model} takes images of {'x'.join(map(str, shape))}; the data are of "
            f"{there}"
        )
    return shape
