"""What cocotb runs inside a simulator: masters and sinks of cocotbext-axi around an accelerator."""

import itertools
import json
import os
import random
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)
from cocotbext.axi.constants import AxiResp

from shiftconv.host.registers import RegisterMap

FOLDER = Path(os.environ.get("AXI_BENCH", "."))


def pauses(seed, chance):
    rng = random.Random(seed)
    return (rng.random() < chance for _ in itertools.count())


async def start(dut):
    """Clock, reset, and everything around the design."""
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
    dut.rst.value = 1
    lite = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk, dut.rst)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk, dut.rst)
    for _ in range(4):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    await RisingEdge(dut.clk)
    registers = RegisterMap.from_json((FOLDER / "registers.json").read_text())
    return lite, source, sink, registers, json.loads((FOLDER / "frames.json").read_text())


async def values(lite, registers):
    """All registers but windows, in one read of many words."""
    found = await lite.read(0, registers.status_bytes)
    assert found.resp == AxiResp.OKAY
    return registers.decode(bytes(found.data))


@cocotb.test()
async def golden_frames_under_pauses(dut):
    lite, source, sink, registers, given = await start(dut)
    for n, chance in enumerate((0.0, 0.5)):
        if chance:
            source.set_pause_generator(pauses(1, chance))
            sink.set_pause_generator(pauses(2, chance))
            for k, channel in enumerate(
                (
                    lite.write_if.aw_channel,
                    lite.write_if.w_channel,
                    lite.write_if.b_channel,
                    lite.read_if.ar_channel,
                    lite.read_if.r_channel,
                )
            ):
                channel.set_pause_generator(pauses(3 + k, chance))
        for data in given["in"]:
            await source.send(AxiStreamFrame(bytes.fromhex(data)))
        for data in given["out"]:
            frame = await with_timeout(sink.recv(), 1_000_000, "ns")
            assert bytes(frame.tdata) == bytes.fromhex(data)
        found = await values(lite, registers)
        assert found["FRAMES_IN"] == found["FRAMES_OUT"] == (n + 1) * len(given["in"])
        assert (found["STATUS"], found["DIGEST"]) == (0, given["digest"])


@cocotb.test()
async def wrong_frames_and_a_soft_reset(dut):
    lite, source, sink, registers, given = await start(dut)
    short = bytes.fromhex(given["in"][0])[: -given["in_beat"]]
    await source.send(AxiStreamFrame(short))
    await source.send(AxiStreamFrame(bytes.fromhex(given["in"][1])))
    frame = await with_timeout(sink.recv(), 1_000_000, "ns")
    assert bytes(frame.tdata) == bytes.fromhex(given["out"][1])
    found = await values(lite, registers)
    assert (found["FRAME_ERRORS"], found["FRAMES_IN"], found["FRAMES_OUT"]) == (1, 2, 1)
    assert found["STATUS"] == 2
    answer = await lite.write(registers["CONTROL"].address, (1).to_bytes(4, "little"))
    assert answer.resp == AxiResp.OKAY
    for _ in range(8):
        await RisingEdge(dut.clk)
    found = await values(lite, registers)
    assert (found["FRAME_ERRORS"], found["FRAMES_IN"], found["STATUS"]) == (0, 0, 0)
    await source.send(AxiStreamFrame(bytes.fromhex(given["in"][2])))
    frame = await with_timeout(sink.recv(), 1_000_000, "ns")
    assert bytes(frame.tdata) == bytes.fromhex(given["out"][2])


@cocotb.test()
async def odd_accesses(dut):
    """Parts of words, words that are none, writes to what cannot be written."""
    lite, _, _, registers, _ = await start(dut)
    before = await values(lite, registers)
    assert bytes((await lite.read(1, 2)).data) == before["ID"].to_bytes(4, "little")[1:3]
    answer = await lite.write(registers["CONTROL"].address + 1, b"\x01")
    assert answer.resp == AxiResp.SLVERR
    for address in (registers["ID"].address, registers.size - 4):
        assert (await lite.write(address, b"\xff" * 4)).resp == AxiResp.OKAY
    assert (await lite.read(registers["CONTROL"].address, 4)).data == bytes(4)
    assert await values(lite, registers) == before
