"""What workers do: quantize a network, count what it gets right, take the figures of a point."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boards import Board, find_board
from quant.datasets import pixel_values
from quant.evaluate import top1
from quant.network import Network
from shiftconv.fit import fit_plan
from shiftconv.flow.generate import generate_network
from shiftconv.flow.sweep.estimate import estimated_area, plan_of_point
from shiftconv.flow.sweep.origin import versions
from shiftconv.flow.sweep.points import Point
from shiftconv.flow.sweep.sources import Source, network_of
from shiftconv.flow.synthesis.area import utilization
from shiftconv.flow.synthesis.design_synthesis import synth_design
from shiftconv.plan import Plan, PlanError

__all__ = ["Images", "measure_accuracy", "measure_network", "measure_point"]

COUNTED = ("lut", "ff", "bram", "dsp")


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images.

    Parameters
    ----------
    images : ndarray of uint8 or floating point, shape (n, height, width, channels)
    labels : ndarray of int64, shape (n,)
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]


def measure_network(source: Source, scheme: str, bits: int, act_width: int) -> dict[str, Any]:
    """Columns ``onnx`` or ``error``: what quantization gives, or why it cannot be."""
    start = time.monotonic()
    try:
        found: dict[str, Any] = {"onnx": source.quantized(scheme, bits, act_width), "error": None}
    except ValueError as error:
        found = {"onnx": None, "error": str(error)}
    return found | {"seconds": round(time.monotonic() - start, 3)}


def measure_accuracy(onnx: bytes, images: Images) -> dict[str, Any]:
    """Columns ``top1`` and ``images`` of the golden integers on labelled images."""
    start = time.monotonic()
    network = _network(onnx)
    act = network.in_format.quantize(pixel_values(images.images))
    return {
        "top1": top1(network.infer(act), images.labels),
        "images": len(images.labels),
        "seconds": round(time.monotonic() - start, 3),
    }


def measure_point(onnx: bytes, point: Point) -> dict[str, Any]:
    """Figures of a point.

    Returns
    -------
    dict
        Columns ``method`` (``"estimated"`` or ``"synthesized"``), ``cycles``, ``fps``, ``lanes``,
        ``lut``, ``ff``, ``bram``, ``dsp``, ``error``: a sentence if the point cannot be had, or
        does not fit, ``seconds`` and ``tool_versions``. What is not known is None.

    Raises
    ------
    DspError, ToolError, OutputError
        If synthesis fails.
    """
    start = time.monotonic()
    board = find_board(point.board)
    found: dict[str, Any] = dict.fromkeys(("cycles", "fps", "lanes", *COUNTED, "error"))
    found["method"] = "estimated"
    try:
        plan = plan_of_point(_network(onnx), board, point)
    except PlanError as error:
        found["error"] = str(error)
    else:
        found |= _figures(plan, board, point)
    found["seconds"] = round(time.monotonic() - start, 3)
    found["tool_versions"] = versions(found["method"] == "synthesized")
    return found


def _figures(plan: Plan, board: Board, point: Point) -> dict[str, Any]:
    fit = fit_plan(plan, board)
    found: dict[str, Any] = {
        "cycles": plan.cycles_per_frame,
        "fps": point.rate.frames_per_second(plan.cycles_per_frame),
        "lanes": plan.lanes,
        "error": None if fit.fits else fit.sentence,
    }
    if not point.synthesize or not fit.fits:
        return found | estimated_area(plan, fit)
    return found | _synthesized(plan, board)


def _synthesized(plan: Plan, board: Board) -> dict[str, Any]:
    with TemporaryDirectory(prefix="shiftconv-") as name:
        folder = Path(name) / "design"
        manifest = generate_network(plan, folder, board=board)
        area = synth_design(folder, manifest, family=board.family).area
    missing = [
        f"{getattr(area, name):,.10g} {name} are needed, {getattr(board.resources, name):,} there"
        for name, share in utilization(area, board).items()
        if share > 1
    ]
    sentence = f"does not fit {board.name}: {'; '.join(missing)}" if missing else None
    counts = {name: getattr(area, name) for name in COUNTED}
    return {**counts, "method": "synthesized", "error": sentence}


@lru_cache(maxsize=2)
def _network(onnx: bytes) -> Network:
    return network_of(onnx)
