"""When the passes of each family's recipe begin, for the time left that people see.

``python -m tests.benchmarks.synthesis_passes`` synthesizes a small network for every family and
writes ``shiftconv/data/synthesis_passes.json``.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from boards import FAMILIES
from shiftconv.accelerator import Accelerator
from shiftconv.flow.files import write_atomic
from shiftconv.flow.synthesis.pass_shares import SHARES_FILE
from shiftconv.flow.synthesis.synthesize import recipe_of
from shiftconv.flow.tools import run_yosys, yosys_version
from shiftconv.flow.verilog import emit_verilog
from shiftconv.plan import make_plan
from tests.networks import classifier

COMMAND = "python -m tests.benchmarks.synthesis_passes"


def begins_of(verilog: str, family: str) -> list[float]:
    """Shares of the time after which the recipe's passes begin."""
    times: dict[int, float] = {}
    start = time.monotonic()

    def on_pass(number: str) -> None:
        main, *rest = number.split(".")
        if main == "2" and rest:
            times.setdefault(int(rest[0]), time.monotonic() - start)

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "design.v").write_text(verilog)
        commands = [command.format(top="top") for command in recipe_of(family)]
        run_yosys("\n".join(["read_verilog design.v", *commands]), Path(name), on_pass=on_pass)
    whole = time.monotonic() - start
    begins, share = [], 0.0
    for number in range(1, max(times) + 1):
        share = times.get(number, share * whole) / whole
        begins.append(round(share, 3))
    return begins


def main() -> None:
    """Measure every family."""
    network = classifier(np.random.default_rng(1))
    verilog = emit_verilog(Accelerator(make_plan(network)), name="top")
    begins = {family: begins_of(verilog, family) for family in FAMILIES}
    lines = ",\n".join(f'    "{family}": {json.dumps(row)}' for family, row in begins.items())
    head = json.dumps({"command": COMMAND, "yosys": yosys_version()}, indent=2)[: -len("\n}")]
    path = Path(__file__).parents[2] / "shiftconv" / SHARES_FILE
    write_atomic(path, f'{head},\n  "begins": {{\n{lines}\n  }}\n}}\n')


if __name__ == "__main__":
    main()
