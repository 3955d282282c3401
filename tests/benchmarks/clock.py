"""Clock of one processing element after place and route: ``python -m tests.benchmarks.clock``.

The element stands between shift registers, so that pins and their delays have no say in it. Needs
the extra ``[pnr]``.
"""

import argparse
import tempfile
from pathlib import Path

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from boards import find_board
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.host.board_design import BOARD_TOP
from shiftconv.flow.pnr.board_top import plan_clock
from shiftconv.flow.pnr.place_and_route import Placed, route_verilog
from shiftconv.flow.pnr.toolchains import toolchain_for
from shiftconv.flow.tools import n_cores
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.processing_element import ProcessingElement

BOARDS = {"ecp5": "ulx3s_85f", "ice40": "icebreaker", "gowin": "tang_nano_20k"}
ASKED_MHZ = {"ecp5": 250, "ice40": 60, "gowin": 100}


class Bench(wiring.Component):
    """One bit in, one bit out: shift registers hold all operands, and take the sum."""

    def __init__(self, element: ProcessingElement):
        self.element = element
        super().__init__({"rx": In(1), "tx": Out(1), "leds": Out(4)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.element = element = self.element
        operands, total = Value.cast(element.i.p), Value.cast(element.o.p)
        given = Signal(len(operands) + 2)
        m.d.sync += given.eq(Cat(self.rx, given))
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
            self.tx.eq(left[0]),
        ]
        return m


def routed(design: PeDesign, n_seeds: int, work: Path) -> Placed:
    """The element on a board of its family."""
    assert design.family is not None
    board = find_board(BOARDS[design.family])
    placed, _ = route_verilog(
        emit_verilog(Bench(design.component()), name=BOARD_TOP, family=design.family),
        board,
        clock=plan_clock(board, ASKED_MHZ[design.family]),
        toolchain=toolchain_for(board.family),
        work=work,
        n_seeds=n_seeds,
        n_parallel=n_cores(),
        stages=[],
    )
    return placed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", choices=BOARDS, default="ecp5")
    parser.add_argument("--structure")
    parser.add_argument("--exponent-width", type=int, default=2)
    parser.add_argument("--act-width", type=int, default=8)
    parser.add_argument("--lanes", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    design = PeDesign(
        weight_width=arguments.exponent_width,
        act_width=arguments.act_width,
        signed=True,
        lanes=arguments.lanes,
        family=arguments.family,
        structure=arguments.structure,
    )
    with tempfile.TemporaryDirectory() as work:
        placed = routed(design, arguments.seeds, Path(work))
    for seed in sorted(placed.routed.seeds, key=lambda seed: seed.seed):
        print(
            f"{arguments.family}, {arguments.lanes} lanes, seed {seed.seed}: "
            f"{seed.fmax_mhz:.1f} MHz"
        )


if __name__ == "__main__":
    main()
