"""Models of cells: block memories by themselves, through synthesis, and what has no model."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import memory, wiring

from shiftconv.flow.simulation.compiled import CompiledModel
from shiftconv.flow.simulation.netlist_cells import cell_models, check_cells
from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.verilog import emit_verilog
from tests.flow.designs import axi_members

DEPTH, WIDTH = 600, 21
# So many words take whole RAMB36.
LARGE = 4096


class Store(wiring.Component):
    """Of each beat: a read address, a write address, a datum; gives the word that was there.

    A beat is read and written at once, and its word given two beats later: latency 2.
    """

    def __init__(self, init):
        self.init = init
        super().__init__(axi_members(8, 4))

    def elaborate(self, platform):
        m = Module()
        store = memory.Memory(shape=unsigned(WIDTH), depth=len(self.init), init=self.init)
        m.submodules.store = store
        read, write = store.read_port(), store.write_port()
        moves = Signal()
        there = Signal(2)
        m.d.comb += [
            moves.eq(~there[1] | self.m_axis_tready),
            self.s_axis_tready.eq(moves),
            read.addr.eq(self.s_axis_tdata[:12]),
            read.en.eq(moves),
            write.addr.eq(self.s_axis_tdata[16:26]),
            write.en.eq(moves & self.s_axis_tvalid & self.s_axis_tdata[15]),
            write.data.eq(self.s_axis_tdata[32:]),
            self.m_axis_tvalid.eq(there[1]),
        ]
        with m.If(moves):
            m.d.sync += [there.eq(Cat(self.s_axis_tvalid, there)), self.m_axis_tdata.eq(read.data)]
        return m


@pytest.mark.parametrize(
    ("family", "depth"),
    [
        ("gowin", DEPTH),
        ("xc7", LARGE),
        *(
            pytest.param(*size, marks=pytest.mark.slow)
            for size in [
                ("xcup", DEPTH),
                ("xcup", LARGE),
                ("xc7", DEPTH),
                ("ecp5", DEPTH),
                ("ice40", DEPTH),
            ]
        ),
    ],
)
def test_block_memory_with_contents(tmp_path, family, depth):
    rng = np.random.default_rng(3)
    words = rng.integers(0, 2**WIDTH, depth)
    verilog = tmp_path / "store.v"
    verilog.write_text(emit_verilog(Store(words.tolist()), name="store"))
    netlist = tmp_path / "netlist.v"
    result = synthesize(verilog, top="store", family=family, work=tmp_path, netlist=netlist)
    assert result.area.bram > 0
    assert any(cell.startswith("RAMB36") for cell in result.cells) == (depth == LARGE)
    netlist.write_text(netlist.read_text() + cell_models(family))
    model = CompiledModel.build(
        netlist, top="store", in_bytes=8, out_bytes=4, work=tmp_path / "simulate"
    )
    # Every address once, then at random, often where the beat itself writes.
    n = 3 * depth
    reads = np.concatenate([np.arange(depth), rng.integers(0, 20, n - depth)])
    writes, data = rng.integers(0, 20, n), rng.integers(0, 2**WIDTH, n)
    enables = (np.arange(n) >= depth) & (rng.random(n) < 0.5)
    beats = (reads | enables << 15 | writes << 16 | data << 32).astype("<i8").view(np.uint8)
    expected, now = [], words.copy()
    for read, write, datum, enable in zip(reads, writes, data, enables, strict=True):
        expected.append(now[read])
        now[write] = datum if enable else now[write]
    run = model.run(
        beats.reshape(-1, 8), np.zeros(n, bool), expect_beats=n - 2, stall_in=0.3, stall_out=0.3
    )
    assert run.beats.copy().view("<i4")[:, 0].tolist() == expected[: len(run.beats)]
    assert len(run.beats) >= n - 2


def test_cells_without_a_model():
    netlist = "module top (a);\n  LUT6 #(\n  ) n1 (\n  );\n  URAM288 n2 (\n  );\nendmodule\n"
    with pytest.raises(ValueError, match=r"for xcup has cells that .* simulated: URAM288$"):
        check_cells(netlist, "xcup")
    check_cells(netlist.replace("URAM288", "FDRE"), "xcup")


def test_families_without_models():
    with pytest.raises(ValueError, match=r"can be simulated for xcup, xc7, .*, not for 'virtex'"):
        cell_models("virtex")
    with pytest.raises(ValueError, match=r"for nexus has cells that .* simulated: PDPSC16K$"):
        check_cells("  PDPSC16K #(\n", "nexus")
