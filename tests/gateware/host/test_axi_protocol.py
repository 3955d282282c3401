"""AXI4-Lite and AXI4-Stream against cocotbext-axi, which we did not write."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from shiftconv.accelerator import Accelerator
from shiftconv.flow.generate import frame_layouts
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.host.axi_lite_face import AxiLiteFace
from shiftconv.host.packing import pack
from shiftconv.host.registers import register_map
from shiftconv.plan import make_plan
from tests.gateware.host.cores import DIGEST
from tests.networks import classifier

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not shutil.which("iverilog"), reason="Icarus Verilog is not installed")
@pytest.mark.skipif(
    importlib.util.find_spec("cocotbext") is None,
    reason="cocotb and cocotbext-axi are not installed (extra: axi)",
)
def test_accelerator_with_registers(tmp_path, rng, monkeypatch):
    from cocotb_tools.check_results import get_results
    from cocotb_tools.runner import get_runner

    network = classifier(rng)
    plan = make_plan(network)
    layouts = frame_layouts(plan)
    registers = register_map(digest=DIGEST, frames=layouts)
    face = AxiLiteFace(Accelerator(plan), registers=registers)
    (tmp_path / "dut.v").write_text(emit_verilog(face, name="dut"))
    fmt = network.in_format
    frames = rng.integers(fmt.lo, fmt.hi + 1, (4, *network.in_shape))
    golden = network.infer(frames)
    data = {
        "in": [row.tobytes().hex() for row in pack(frames, layouts["s_axis"])],
        "out": [row.tobytes().hex() for row in pack(golden, layouts["m_axis"])],
        "in_beat": layouts["s_axis"].beat_bytes,
        "digest": DIGEST,
    }
    (tmp_path / "frames.json").write_text(json.dumps(data))
    (tmp_path / "registers.json").write_text(registers.to_json())
    monkeypatch.setenv("AXI_BENCH", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *sys.path]))
    runner = get_runner("icarus")
    build = {"build_dir": tmp_path / "sim", "log_file": tmp_path / "build.log"}
    runner.build(
        sources=[tmp_path / "dut.v"], hdl_toplevel="dut", timescale=("1ns", "1ps"), **build
    )
    results = runner.test(
        hdl_toplevel="dut",
        test_module="tests.gateware.host.cocotb_bench",
        test_dir=tmp_path,
        log_file=tmp_path / "run.log",
    )
    n_tests, n_failed = get_results(results)
    assert (n_tests, n_failed) == (3, 0), (tmp_path / "run.log").read_text()[-4000:]
