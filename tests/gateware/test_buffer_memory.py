"""Memories of buffers, and the memory that shows whether their users keep the promise."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware import buffer_memory
from tests.gateware.poisoned import PoisonedMemory


class Buffer(wiring.Component):
    """A memory and nothing else."""

    write: In(1)
    to: In(7)
    value: In(16)
    read: In(7)
    found: Out(16)

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = buffer_memory.buffer_memory(shape=16, depth=128)
        write, read = words.write_port(), words.read_port()
        m.d.comb += [
            write.en.eq(self.write),
            write.addr.eq(self.to),
            write.data.eq(self.value),
            read.en.eq(1),
            read.addr.eq(self.read),
            self.found.eq(read.data),
        ]
        return m


def test_words_that_meet_are_poisoned():
    """Tests of the gateware have such memories in place of Amaranth's."""
    assert buffer_memory.Memory is PoisonedMemory
    buffer, found = Buffer(), []

    async def use(ctx):
        ctx.set(buffer.write, 1)
        for to, value, read in ((3, 7, 0), (4, 9, 3), (5, 11, 5), (6, 0, 5), (6, 0, 3)):
            ctx.set(buffer.to, to)
            ctx.set(buffer.value, value)
            ctx.set(buffer.read, read)
            await ctx.tick()
            found.append(ctx.get(buffer.found))

    simulator = Simulator(buffer)
    simulator.add_clock(1e-6)
    simulator.add_testbench(use)
    simulator.run()
    assert found == [0, 7, 2**16 - 1, 11, 7]


@pytest.mark.parametrize("family", ["ecp5", "ice40", "gowin"])
def test_a_block_memory_and_nothing_else(family, tmp_path, monkeypatch):
    monkeypatch.undo()
    verilog = tmp_path / "buffer.v"
    verilog.write_text(emit_verilog(Buffer(), name="buffer", family=family))
    area = synthesize(verilog, top="buffer", family=family, work=tmp_path, stages=[]).area
    assert (area.bram, area.ff, area.lutram) == (1, 0, 0)
    assert area.lut <= 1
