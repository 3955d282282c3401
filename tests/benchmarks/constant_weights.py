"""LUTs per product of weights that are wires: ``python -m tests.benchmarks.constant_weights``.

A random matrix of {0, ±1, ±2, ±4} times a vector of 8-bit activations, a result per cycle: the
arithmetic and its registers alone.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.constant_array import ConstantArray
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

ACT = ActFormat(8, 0, signed=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="xcup")
    parser.add_argument("--inputs", type=int, default=144)
    parser.add_argument("--outputs", type=int, default=32)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    levels = rng.choice(PowerOfTwo(2).levels, (arguments.inputs, arguments.outputs))
    operands = 3 if arguments.family in LUT6_FAMILIES else 2
    graph = AdderGraph.of_matrix(levels, input_width=ACT.width, operands=operands)
    reach = int(np.abs(levels).sum(axis=0).max()) * ACT.max_abs
    array = ConstantArray(graph, act_format=ACT, acc_width=reach.bit_length() + 1)
    with tempfile.TemporaryDirectory() as name:
        verilog = Path(name) / "array.v"
        verilog.write_text(emit_verilog(array, name="array", family=arguments.family))
        result = synthesize(verilog, top="array", family=arguments.family, work=Path(name))
    area = result.area
    print(
        f"{arguments.inputs}x{arguments.outputs} weights: {area.lut:,} LUT, {area.lutram} of them "
        f"memory, {area.ff:,} FF, {area.dsp:g} DSP: {area.lut / levels.size:.2f} LUT per product; "
        f"latency {array.latency} cycles. Yosys {result.yosys_version}, {arguments.family}."
    )


if __name__ == "__main__":
    main()
