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
from shiftconv.flow.generate import generate_network
from shiftconv.flow.sweep.origin import versions
from shiftconv.flow.sweep.points import Point
from shiftconv.flow.sweep.sources import Source, network_of
from shiftconv.flow.synthesis.design_synthesis import synth_design
from shiftconv.plan import Plan, PlanError, ShortageError
from shiftconv.plan.resources import lacking

__all__ = ["Images", "measure_accuracy", "measure_network", "measure_point"]

COUNTED = ("lut", "ff", "bram", "big_ram", "dsp")
KNOWN = ("cycles", "fps", "lanes", "latency", *COUNTED, "proved", "error")


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
    """Figures of a point: of the best plan or, where none keeps the limits, of that which comes
    nearest.

    Returns
    -------
    dict
        Columns ``method`` (``"estimated"`` or ``"synthesized"``), ``cycles``, ``fps``, ``lanes``,
        ``latency``, ``lut``, ``ff``, ``bram``, ``big_ram``, ``dsp``, ``proved`` (whether no plan is
        better), ``error``: a sentence if the point cannot be had, or does not fit, ``seconds`` and
        ``tool_versions``. What is not known is None.

    Raises
    ------
    DspError, ToolError, OutputError
        If synthesis fails.
    """
    start = time.monotonic()
    board = find_board(point.board)
    found: dict[str, Any] = dict.fromkeys(KNOWN) | {"method": "estimated"}
    try:
        best = point.wishes.best_plan(_network(onnx), board)
    except ShortageError as shortage:
        found |= _figures(shortage.nearest, point)
        found["error"] = f"{shortage.brief}: {shortage}"
    except PlanError as error:
        found["error"] = str(error)
    else:
        assert best.plan is not None
        found |= _figures(best.plan, point) | {"proved": int(best.proved)}
        if point.synthesize:
            found |= _synthesized(best.plan, board, point)
    found["seconds"] = round(time.monotonic() - start, 3)
    found["tool_versions"] = versions(found["method"] == "synthesized")
    return found


def _figures(plan: Plan, point: Point) -> dict[str, Any]:
    area = plan.area
    return {
        "cycles": plan.cycles_per_frame,
        "fps": point.frames_per_second(plan.cycles_per_frame),
        "lanes": plan.lanes,
        "latency": plan.latency_cycles,
        **{name: getattr(area, name) for name in COUNTED},
    }


def _synthesized(plan: Plan, board: Board, point: Point) -> dict[str, Any]:
    with TemporaryDirectory(prefix="shiftconv-") as name:
        folder = Path(name) / "design"
        manifest = generate_network(plan, folder, board=board)
        area = synth_design(folder, manifest, family=board.family).area
    over = point.wishes.goal_on(board).budget.over(area.as_dict())
    counts = {name: getattr(area, name) for name in COUNTED}
    error = f"{lacking(over)}, synthesized" if over else None
    return {**counts, "method": "synthesized", "error": error}


@lru_cache(maxsize=2)
def _network(onnx: bytes) -> Network:
    return network_of(onnx)
