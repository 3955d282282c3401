"""How fast the Verilog is simulated: ``python -m tests.benchmarks.simulation --data FOLDER``.

Needs the extra ``bench`` and the MNIST idx files; takes about a quarter of an hour on two cores.
Figures are of whole processes, from their call to their end. What would take hours is extrapolated
from fewer images, and said to be.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quant import zoo
from quant.calibration import CALIBRATIONS
from quant.convert import convert
from quant.onnx_io import read_float
from quant.quantizers import QUANTIZERS
from shiftconv.flow.generate import generate_network
from shiftconv.flow.tools import n_cores, tool_versions
from shiftconv.plan import make_plan
from tests.benchmarks.measuring import Measurement, measure
from tests.quant.float_models import write_model

BITS = 3
IMAGES = 1000
DATA_SET_CYCLES = 1000
RESNET_CYCLES = 50_000
# Frames that the others simulate; the rest follows from the difference. After five of them every
# stage is busy.
AMARANTH_IMAGES = 5, 9
COCOTB_IMAGES = 20, 120


def lenet5(folder: Path, max_cycles: int) -> Path:
    """LeNet-5's build folder."""
    plan = make_plan(zoo.load_quantized("lenet5", bits=BITS), max_cycles=max_cycles)
    design = folder / f"lenet5_{max_cycles}"
    generate_network(plan, design)
    print(f"\nLeNet-5, {plan.lanes} lanes, {plan.cycles_per_frame:,} cycles a frame")
    return design


def simulate(design: Path, images: object, *options: object) -> tuple[Measurement, dict]:
    """``shiftconv simulate`` as users call it, and what it found."""
    call = [sys.executable, "-m", "shiftconv", "simulate", design, "--images", images, *options]
    measured = measure([*call, "--json", "-"])
    found = json.loads(measured.out)
    assert found["mismatched_values"] == 0
    return measured, found


def fresh(design: Path) -> Path:
    """Forget the compiled model and what was simulated."""
    shutil.rmtree(design / "simulate", ignore_errors=True)
    return design


def extrapolated(few: tuple[int, int], runs: Sequence[Measurement]) -> NDArray[np.float64]:
    """Seconds and CPU seconds for all images, from those for few."""
    first, second = (np.array([run.seconds, run.cpu_seconds]) for run in runs)
    return first + (second - first) / (few[1] - few[0]) * (IMAGES - few[0])


def told(costs: NDArray[np.float64]) -> str:
    """Seconds and CPU seconds, for a person."""
    return f"{costs[0]:,.0f} s, {costs[1]:,.0f} s of CPU"


def amaranth(design: Path) -> NDArray[np.float64]:
    """What Amaranth's simulator would take."""
    runs = [simulate(design, n, "--engine", "python")[0] for n in AMARANTH_IMAGES]
    costs = extrapolated(AMARANTH_IMAGES, runs)
    for n, run in zip(AMARANTH_IMAGES, runs, strict=True):
        print(f"    {n} images: {run}")
    print(f"    {IMAGES:,} images, extrapolated: {told(costs)}")
    return costs


def cocotb(design: Path, work: Path, *options: str) -> NDArray[np.float64]:
    """What Verilator under cocotb would take, building the model included."""
    call = [sys.executable, "-m", "tests.benchmarks.cocotb_model", design, work, *options]
    build = measure(call)
    print(f"    building: {build}")
    runs = [measure([*call, "--run", n]) for n in COCOTB_IMAGES]
    for n, run in zip(COCOTB_IMAGES, runs, strict=True):
        print(f"    {n} images: {run}")
    costs = extrapolated(COCOTB_IMAGES, runs) + np.array([build.seconds, build.cpu_seconds])
    print(f"    {IMAGES:,} images, extrapolated, with building: {told(costs)}")
    return costs


def compare(design: Path, data: str, folder: Path) -> None:
    """The simulators on as many images."""
    ours, found = simulate(fresh(design), IMAGES, "--data", data)
    print(f"  ours, {IMAGES:,} images, model compiled in {found['build_seconds']:.1f} s: {ours}")

    def ratio(costs: NDArray[np.float64]) -> None:
        seconds, cpu_seconds = costs / [ours.seconds, ours.cpu_seconds]
        print(f"    ours is {seconds:,.1f} times as fast, with {cpu_seconds:,.1f} times less CPU")

    print("  Amaranth's simulator:")
    ratio(amaranth(design))
    print("  Verilator driven from Python by cocotb, as cocotb's runner builds it:")
    ratio(cocotb(design, folder / "runner"))
    print("  the same, with our options and access to nothing but the ports:")
    ratio(cocotb(design, folder / "ports", "--ports-only"))


def data_set(design: Path, data: str) -> None:
    """All of MNIST's test images."""
    measured, found = simulate(fresh(design), "all", "--data", data)
    print(
        f"  {found['images']:,} images, model compiled in {found['build_seconds']:.1f} s: "
        f"{measured}; top-1 {100 * found['top1']:.2f} % (golden {100 * found['golden_top1']:.2f} %)"
        f", {found['mismatched_values']} values differ, {found['cycles_per_frame']:,} cycles a "
        f"frame measured, {found['planned_cycles_per_frame']:,} planned"
    )


def resnet8(folder: Path) -> None:
    """How long its model takes to compile."""
    graph = read_float(write_model("resnet8", folder / "resnet8.onnx"))
    network = convert(
        graph,
        np.random.default_rng(0).random((4, *graph.in_shape)),
        quantizer=QUANTIZERS["nearest"](bits=BITS),
        calibration=CALIBRATIONS["min_max"](),
    )
    plan = make_plan(network, max_cycles=RESNET_CYCLES)
    generate_network(plan, folder / "resnet8")
    images = np.random.default_rng(1).integers(0, 256, (4, *network.in_shape), np.uint8)
    labels = np.zeros(len(images), np.int64)
    np.savez(folder / "noise.npz", images=images, labels=labels)
    measured, found = simulate(folder / "resnet8", "all", "--data", folder / "noise.npz")
    print(f"\nResNet-8, {plan.lanes} lanes, {plan.cycles_per_frame:,} cycles a frame")
    print(
        f"  model compiled in {found['build_seconds']:.1f} s; with {len(images)} images: {measured}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", required=True, help="folder with the MNIST idx files")
    parser.add_argument("--max-cycles", type=int, nargs="*", default=[1000, 10_000])
    given = parser.parse_args()
    data = str(Path(given.data).resolve())
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{n_cores()} cores; {json.dumps(tool_versions())}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for max_cycles in given.max_cycles:
            compare(lenet5(folder, max_cycles), data, folder / str(max_cycles))
        data_set(lenet5(folder, DATA_SET_CYCLES), data)
        resnet8(folder)


if __name__ == "__main__":
    main()
