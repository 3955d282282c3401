"""Relative energy at the same work: ``python -m tests.benchmarks.energy``.

Shifts against multipliers, in DSPs and in LUTs. Each is synthesized for one family, its netlist
simulated on the same data, and its toggles weighed (:mod:`shiftconv.flow.energy.energy`). Per
multiply-accumulate everything around it is counted too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shiftconv.flow.energy.parts import CONTROL, ROLES
from shiftconv.flow.tools import tool_versions

FAMILY, DEVICE = "xcup", "zcu102"
SHIFTS, DSP, LUTS = "SVPE, exponent width 2", "VPE with DSPs", "VPE in LUTs"

ELEMENT = ("--lanes", "9", "--folds", "16", "--act-width", "16", "--signed", "--family", FAMILY)
ENGINE = ("--input", "16x16x16", "--out-channels", "16", "--max-cycles", "4096", "--family", FAMILY)
BYTES = ("--codebook", "twos-complement:8")
LENET5 = ("lenet5", "--max-cycles", "10000", "--board", DEVICE)
UNIFORM = ("--scheme", "uniform", "--bits", "8")

WORKS: dict[str, dict[str, Sequence[str]]] = {
    "element of 9 lanes, 16-bit activations": {
        SHIFTS: ("svpe", "--exponent-width", "2", *ELEMENT),
        DSP: ("vpe", "--weight-width", "16", *ELEMENT, "--structure", "dsp_cascade"),
        LUTS: ("vpe", "--weight-width", "16", *ELEMENT, "--structure", "booth_ternary"),
    },
    "3x3 convolution, 16x16x16 to 16, 144 lanes": {
        SHIFTS: ("conv", "--exponent-width", "2", *ENGINE),
        DSP: ("conv", *BYTES, *ENGINE, "--structure", "dsp_cascade"),
        LUTS: ("conv", *BYTES, *ENGINE, "--structure", "booth_ternary"),
    },
    "LeNet-5, 10,000 cycles a frame": {
        SHIFTS: (*LENET5, "--bits", "3"),
        DSP: (*LENET5, *UNIFORM, "--structure", "dsp_cascade"),
        LUTS: (*LENET5, *UNIFORM, "--structure", "booth_ternary"),
    },
}


def shiftconv(*words: object) -> str:
    """What a command says."""
    call = [sys.executable, "-m", "shiftconv", *map(str, words)]
    return subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder with the MNIST idx files; else what ships")
    parser.add_argument("--images", type=int, default=10)
    given = parser.parse_args()
    data = ("--data", Path(given.data).resolve()) if given.data else ()
    roles = [*dict.fromkeys(ROLES.values()), CONTROL]
    columns = ["work", "lanes are", "per MAC", "of shifts", *roles]
    print(f"| {' | '.join(columns)} |")
    print(f"| --- | --- | {' | '.join(['---:'] * (len(columns) - 2))} |")
    with tempfile.TemporaryDirectory() as name:
        for work, designs in WORKS.items():
            folders = [Path(name) / f"{len(work)}_{n}" for n in range(len(designs))]
            for folder, words in zip(folders, designs.values(), strict=True):
                shiftconv("generate", *words, "-o", folder, "--quiet")
            found = shiftconv(
                "energy",
                *folders,
                "--images",
                given.images,
                *data,
                "--device",
                DEVICE,
                "--json",
                "-",
            )
            rows = json.loads(found)["designs"]
            for lanes, row in zip(designs, rows, strict=True):
                macs = row["relative_per_frame"] / row["relative_per_mac"]
                figures = [
                    f"{row['relative_per_mac']:.1f}",
                    f"{row['relative_per_mac'] / rows[0]['relative_per_mac']:.2f}",
                    *(f"{row['roles'][role] / macs:.2f}" for role in roles),
                ]
                print(f"| {' | '.join([work, lanes, *figures])} |", flush=True)
    print(f"\n1 is a toggle of a LUT and its net. Yosys {tool_versions()['yosys']}, {FAMILY}.")


if __name__ == "__main__":
    main()
