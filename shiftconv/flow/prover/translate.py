"""From a bench to a transition system, with Yosys."""

import tempfile
from pathlib import Path

from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.cell_library import models_of
from shiftconv.flow.prover.transition_system import TransitionSystem, read_btor
from shiftconv.flow.tools import run_yosys

__all__ = ["transition_system"]

# Without -purge the BTOR2 writer takes a wire that is driven in part for an input, its driven bits
# and all.
SCRIPT = """\
read_verilog cells.v
read_rtlil bench.il
hierarchy -check -top bench
proc
flatten
memory_map
opt -full
dffunmap
async2sync
setundef -undriven -anyseq
opt_clean -purge
write_btor bench.btor
"""


def transition_system(bench: Bench, *, family: str | None = None) -> TransitionSystem:
    """The bench with everything in it flat, memories as registers.

    Parameters
    ----------
    bench : Bench
    family : str, optional
        Family whose cells stand for what the vendor's simulation models say.

    Raises
    ------
    ToolError
        If Yosys fails, because a cell has no model for example.
    """
    design = bench.rtlil("bench")
    with tempfile.TemporaryDirectory(prefix="shiftconv-proof-") as folder:
        work = Path(folder)
        (work / "bench.il").write_text(design)
        (work / "cells.v").write_text(models_of(design, family))
        run_yosys(SCRIPT, work)
        return read_btor((work / "bench.btor").read_text())
