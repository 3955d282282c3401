"""What nextpnr reports, in our words."""

import json
from pathlib import Path

import pytest

from shiftconv.flow.pnr.netlist import Places
from shiftconv.flow.pnr.timing import Segment, overfull, read_timing, stage_of

STAGES = ["conv1", "conv1_1", "pool"]
VERILOG = """\
module board(clk);
  reg led;
endmodule
module \\board.link.core.core.conv1 (clk);
  reg busy;
  reg more;
endmodule
module \\board.link.core.core.conv1.array (clk);
  reg sum;
endmodule
"""
CELLS = {
    "board.first": {"attributes": {"src": "board.v:2.3-2.9|/share/ecp5/cells_map.v:68.1-68.9"}},
    "busy$1": {"attributes": {"src": "board.v:5.3-5.9"}},
    "sum": {"attributes": {"src": "board.v:9.3-9.9"}},
    "board.link.core.core.conv1.array.total_LUT4_Z_1": {"attributes": {"src": "cells_map.v:1.2"}},
    "nobody": {"attributes": {}},
}


@pytest.mark.parametrize(
    ("component", "stage"),
    [
        ("link.core.core.conv1.array.svpe0", "conv1"),
        ("link.core.core.conv1_1.output", "conv1_1"),
        ("link.core.core.buffer_conv1", "conv1"),
        ("link.core.core.adapter_conv1_1", "conv1_1"),
        ("link.core.core.queue_pool_1", "pool"),
        ("link.core.core.verdicts", "verdicts"),
        ("link.answerer.transmitter", "host link"),
        ("receiver.timer", "host link"),
        ("", "host link"),
    ],
)
def test_stage_of_a_component(component, stage):
    assert stage_of(component, STAGES) == stage


def test_places_of_cells():
    places = Places(VERILOG, CELLS)
    found = {
        name: places.component_of(name)
        for name in (*CELLS, "sum$CCU2_COMB1", "busy$1_LC", "clk$tr_io")
    }
    conv = "link.core.core.conv1"
    assert found == {
        "board.first": "",
        "busy$1": conv,
        "sum": f"{conv}.array",
        "board.link.core.core.conv1.array.total_LUT4_Z_1": f"{conv}.array",
        "nobody": None,
        "sum$CCU2_COMB1": f"{conv}.array",
        "busy$1_LC": conv,
        "clk$tr_io": None,
    }


def step(kind, delay, source, sink):
    return {"type": kind, "delay": delay, "from": {"cell": source}, "to": {"cell": sink}}


def test_the_slowest_path_by_component():
    total = "board.link.core.core.conv1.array.total_LUT4_Z_1"
    clock = "posedge $glbnet$clk"
    report = {
        "fmax": {"$glbnet$clk": {"achieved": 97.5, "constraint": 65.0}},
        "utilization": {
            "TRELLIS_COMB": {"used": 12, "available": 83640},
            "MULT18X18D": {"used": 0, "available": 156},
        },
        "critical_paths": [
            {"from": "<async>", "to": clock, "path": [step("routing", 50, "busy$1", "sum")]},
            {
                "from": clock,
                "to": clock,
                "path": [
                    step("clk-to-q", 0.5, "busy$1", "busy$1"),
                    step("routing", 1.0, "busy$1", "nobody"),
                    step("logic", 0.25, "nobody", "nobody"),
                    step("routing", 2.0, "nobody", total),
                    step("logic", 5.5, total, total),
                    step("routing", 1.0, total, "sum$CCU2_COMB0"),
                    step("logic", 0.25, "board.first", "board.first"),
                    step("setup", 0.006, "sum$CCU2_COMB0", "sum"),
                ],
            },
        ],
    }
    timing = read_timing(report, Places(VERILOG, CELLS).component_of, STAGES)
    conv = "link.core.core.conv1"
    assert timing.fmax_mhz == 97.5
    assert timing.utilization == {"TRELLIS_COMB": {"used": 12, "available": 83640}}
    path = timing.critical_path
    assert (path.start, path.end, path.stage) == (conv, f"{conv}.array", "conv1")
    assert (path.delay_ns, path.routing_ns) == (10.506, 4.0)
    assert path.segments == (
        Segment(conv, 3.75),
        Segment(f"{conv}.array", 6.5),
        Segment("", 0.25),
        Segment(f"{conv}.array", 0.006),
    )


def test_a_recorded_report():
    """nextpnr-ice40 0.11.1, the end of a path shortened."""
    report = json.loads((Path(__file__).parent / "report_ice40.json").read_text())
    timing = read_timing(report, Places("", {}).component_of, STAGES)
    assert timing.fmax_mhz == pytest.approx(23.187, abs=1e-3)
    assert timing.utilization["ICESTORM_LC"] == {"available": 5280, "used": 2416}
    assert timing.critical_path.delay_ns == 5.726
    assert timing.critical_path.stage == "host link"


def test_what_a_log_says_is_too_much():
    log = (
        "Info: Device utilisation:\n"
        "Info: \t         ICESTORM_LC:    5912/   5280   111%\n"
        "Info: \t        ICESTORM_RAM:      30/     30   100%\n"
        "Info: \t      ICESTORM_SPRAM:       5/      4   125%\n"
        "Info: \t                TBUF:       5/      0     0%\n"
        "ERROR: Unable to place cell 'x', no BELs remaining to implement cell type 'ICESTORM_LC'\n"
    )
    assert overfull(log) == {"ICESTORM_LC": (5912, 5280), "ICESTORM_SPRAM": (5, 4)}
