"""LUTs per lane of whole accelerators, everything counted: ``python -m tests.benchmarks.density``.

Windows, weights and their decoding, requantization, queues and streams are in the figure; LUTs used
as memory are listed apart. Weights of ``vgg5`` are random: areas hardly depend on them.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from quant import zoo
from quant.calibration import CALIBRATIONS
from quant.convert import convert
from quant.network import Network
from quant.onnx_io import read_float
from quant.quantizers import QUANTIZERS
from shiftconv.accelerator import Accelerator
from shiftconv.flow.synthesis.synthesize import require_no_dsp, synthesize
from shiftconv.flow.tools import yosys_version
from shiftconv.flow.verilog import emit_verilog
from shiftconv.plan import Plan, make_plan
from shiftconv.target import Target
from tests.quant.float_models import write_model

BITS = 3


def vgg5(folder: Path) -> Network:
    """A five-layer VGG for CIFAR, quantized on random images."""
    samples = np.random.default_rng(0).random((4, 32, 32, 3))
    return convert(
        read_float(write_model("vgg5", folder / "vgg5.onnx")),
        samples,
        quantizer=QUANTIZERS["nearest"](bits=BITS),
        calibration=CALIBRATIONS["min_max"](),
        act_width=8,
    )


def plan_with(network: Network, lanes: int, target: Target) -> Plan:
    """The slowest plan that has at least so many lanes."""
    lo, hi = 1, 2**26
    while lo < hi:
        middle = (lo + hi + 1) // 2
        try:
            enough = make_plan(network, max_cycles=middle, target=target).lanes >= lanes
        except ValueError:
            enough = True
        lo, hi = (middle, hi) if enough else (lo, middle - 1)
    return make_plan(network, max_cycles=lo, target=target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="xcup")
    parser.add_argument("--lanes", type=int, default=256)
    parser.add_argument("--structure")
    arguments = parser.parse_args()
    target = Target(family=arguments.family, structure=arguments.structure)
    table = Table("network", "lanes", "cycles", "LUT", "memory", "FF", "DSP", "LUT per lane")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for network in zoo.load_quantized("lenet5", bits=BITS), vgg5(folder):
            plan = plan_with(network, arguments.lanes, target)
            verilog = folder / "design.v"
            verilog.write_text(
                emit_verilog(Accelerator(plan), name="design", family=arguments.family)
            )
            result = synthesize(verilog, top="design", family=arguments.family, work=folder)
            require_no_dsp(result)
            area = result.area
            logic = area.lut - area.lutram
            figures = plan.cycles_per_frame, logic, area.lutram, area.ff, int(area.dsp)
            table.add_row(
                network.name,
                f"{plan.lanes}",
                *(f"{figure:,}" for figure in figures),
                f"{logic / plan.lanes:.1f}",
            )
    console = Console()
    console.print(table)
    console.print(f"Yosys {yosys_version()}, {arguments.family}, exponent width {BITS - 1}")


if __name__ == "__main__":
    main()
