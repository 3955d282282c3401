"""The LiteX module in a system of LiteX, its Wishbone driven by a bench, simulated."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.write import export_design
from shiftconv.flow.generate import generate_network
from shiftconv.host.packing import pack
from shiftconv.plan import make_plan
from tests.cli.networks import small_network
from tests.flow.export.simulators import run_verilated

NETWORK = small_network("tiny")
FRAME_AT, RESULT_AT = 0x000, 0x800

BENCH = """
module bench;
    reg clk = 0, rst = 1, cyc = 0, we = 0;
    always #5 clk = ~clk;
    reg [29:0] adr = 0;
    reg [31:0] dat_w = 0, found;
    wire [31:0] dat_r;
    wire ack;
    integer tries;
    system dut(.sys_clk(clk), .sys_rst(rst), .sim_trace(1'b0), .wb_cyc(cyc), .wb_stb(cyc),
        .wb_we(we), .wb_sel(4'hf), .wb_adr(adr), .wb_dat_w(dat_w), .wb_dat_r(dat_r), .wb_ack(ack));
    task access(input [31:0] address, input [31:0] value, input writes);
        begin
            cyc <= 1; we <= writes; adr <= address >> 2; dat_w <= value;
            @(posedge clk);
            while (!ack) @(posedge clk);
            found = dat_r;
            cyc <= 0;
            @(posedge clk);
        end
    endtask
    task expects(input [31:0] address, input [31:0] value);
        begin
            access(address, 0, 0);
            if (found !== value) begin
                $display("%h: %h, not %h", address, found, value);
                $finish;
            end
        end
    endtask
    task until_set(input [31:0] address);
        begin
            found = 0;
            for (tries = 0; !found && tries < 20000; tries = tries + 1) access(address, 0, 0);
            if (!found) begin $display("%h stays zero", address); $finish; end
        end
    endtask
    initial begin
        repeat (4) @(posedge clk);
        rst <= 0;
        repeat (4) @(posedge clk);
STEPS
        $display("PASS");
        $finish;
    end
endmodule
"""


def words_of(data):
    data = data.tobytes()
    padded = data + bytes(-len(data) % 4)
    return np.frombuffer(padded, "<u4").tolist()


def transfer(where, frame, result, n_whole):
    """One frame from memory through both DMAs and back, as software would do it."""
    for n, word in enumerate(frame):
        yield f"access({where['sram'] + FRAME_AT + 4 * n}, 32'h{word:08x}, 1);"
    for side, at, words in (("writer", RESULT_AT, result), ("reader", FRAME_AT, frame)):
        dma = f"accelerator_{side}"
        # Of a register of two words the high one comes first.
        yield f"access({where[f'{dma}_base'] + 4}, {where['sram'] + at}, 1);"
        yield f"access({where[f'{dma}_length']}, {4 * len(words)}, 1);"
        yield f"access({where[f'{dma}_enable']}, 1, 1);"
    yield f"until_set({where['accelerator_writer_done']});"
    for side in ("reader", "writer"):
        yield f"access({where[f'accelerator_{side}_enable']}, 0, 1);"
    for n, word in enumerate(result[:n_whole]):
        # What fills up the last word is nobody's.
        yield f"expects({where['sram'] + RESULT_AT + 4 * n}, 32'h{word:08x});"


@pytest.mark.skipif(
    not importlib.util.find_spec("litex"), reason="LiteX is not installed (extra: export)"
)
def test_frames_by_dma_in_a_system(tmp_path, rng):
    manifest = generate_network(make_plan(NETWORK), tmp_path / "tiny")
    folder = export_design(tmp_path / "tiny", manifest, kind="litex").folder
    design = ExportDesign(tmp_path / "tiny", manifest)
    script = Path(__file__).with_name("litex_system.py")
    call = [sys.executable, script, folder]
    subprocess.run(call, check=True, capture_output=True, cwd=tmp_path)
    where = json.loads((folder / "map.json").read_text())

    fmt = NETWORK.in_format
    frames = rng.integers(fmt.lo, fmt.hi + 1, (2, *NETWORK.in_shape))
    data = pack(frames, design.layouts["s_axis"])
    golden = pack(NETWORK.infer(frames), design.layouts["m_axis"])
    base = where["accelerator"]
    steps = [
        f"expects({base + register.address}, 32'h{register.value:08x});"
        for register in design.registers.registers
        if register.value is not None
    ]
    for row, result in zip(data, golden, strict=True):
        steps += transfer(where, words_of(row), words_of(result), result.size // 4)
    counts = [design.registers[name].address for name in ("FRAMES_IN", "FRAMES_OUT")]
    steps += [f"expects({base + address}, 2);" for address in counts]
    steps += [f"access({base + design.registers['CONTROL'].address}, 1, 1);"]
    steps += [f"expects({base + address}, 0);" for address in counts]
    (folder / "bench.v").write_text(BENCH.replace("STEPS", "\n".join(steps)))
    # Not in Icarus: LiteX's own Verilog never gets past time 0 there.
    sources = [folder / name for name in ("bench.v", "system.v", "tiny_axi.v")]
    (tmp_path / "sim").mkdir()
    found = run_verilated(sources, top="bench", work=tmp_path / "sim", cwd=folder)
    assert "PASS" in found, found
