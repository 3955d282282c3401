"""Registers over AXI4-Lite; the protocol itself is checked against cocotbext-axi."""

import numpy as np
import pytest
from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.sim import Simulator

from shiftconv.accelerator import Accelerator
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.generate import frame_layouts
from shiftconv.flow.simulation.payloads import pack_payloads
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.gateware.host.axi_lite import AxiLiteSlave
from shiftconv.gateware.host.axi_lite_face import AxiLiteFace
from shiftconv.host.packing import pack, unpack
from shiftconv.host.registers import IDENTIFICATION, register_map
from shiftconv.plan import make_plan
from tests.gateware.host.cores import DIGEST
from tests.networks import vectors

CONV = ConvDesign(in_shape=(3, 3, 1), out_channels=2, window="pixel", in_par=1)
WIDE_CONV = ConvDesign(in_shape=(3, 3, 2), out_channels=2, in_par=2)


async def read(ctx, design, address):
    ctx.set(design.s_axil_araddr, address)
    ctx.set(design.s_axil_arvalid, 1)
    await ctx.tick().until(design.s_axil_arready)
    ctx.set(design.s_axil_arvalid, 0)
    ctx.set(design.s_axil_rready, 1)
    data, response = (
        await ctx.tick()
        .sample(design.s_axil_rdata, design.s_axil_rresp)
        .until(design.s_axil_rvalid)
    )
    ctx.set(design.s_axil_rready, 0)
    assert response == 0
    return data


async def write(ctx, design, address, value, strobe=0xF):
    """Address first, then data; returns the response."""
    ctx.set(design.s_axil_awaddr, address)
    ctx.set(design.s_axil_awvalid, 1)
    await ctx.tick().until(design.s_axil_awready)
    ctx.set(design.s_axil_awvalid, 0)
    ctx.set(design.s_axil_wdata, value)
    ctx.set(design.s_axil_wstrb, strobe)
    ctx.set(design.s_axil_wvalid, 1)
    await ctx.tick().until(design.s_axil_wready)
    ctx.set(design.s_axil_wvalid, 0)
    ctx.set(design.s_axil_bready, 1)
    (response,) = await ctx.tick().sample(design.s_axil_bresp).until(design.s_axil_bvalid)
    ctx.set(design.s_axil_bready, 0)
    return response


async def send(ctx, design, data, beat_bytes, *, last=True):
    """Beats of one frame."""
    for at in range(0, len(data), beat_bytes):
        ctx.set(design.s_axis_tdata, int.from_bytes(data[at : at + beat_bytes], "little"))
        ctx.set(design.s_axis_tlast, last and at + beat_bytes == len(data))
        ctx.set(design.s_axis_tvalid, 1)
        await ctx.tick().until(design.s_axis_tready)
        ctx.set(design.s_axis_tvalid, 0)


async def take(ctx, design, beat_bytes):
    """Bytes of one frame."""
    data = b""
    ctx.set(design.m_axis_tready, 1)
    while True:
        beat, last = (
            await ctx.tick()
            .sample(design.m_axis_tdata, design.m_axis_tlast)
            .until(design.m_axis_tvalid)
        )
        data += beat.to_bytes(beat_bytes, "little")
        if last:
            ctx.set(design.m_axis_tready, 0)
            return data


def run(design, bench, *background):
    simulator = Simulator(design)
    simulator.add_clock(1e-8)
    for process in background:
        simulator.add_testbench(process)
    simulator.add_testbench(bench)
    simulator.run()


def test_registers_of_an_accelerator(rng):
    network = vectors(rng)
    plan = make_plan(network)
    layouts = frame_layouts(plan)
    registers = register_map(digest=DIGEST, frames=layouts)
    design = AxiLiteFace(Accelerator(plan), registers=registers)
    frames = rng.integers(network.in_format.lo, network.in_format.hi + 1, (4, *network.in_shape))
    data = [row.tobytes() for row in pack(frames, layouts["s_axis"])]
    in_beat, out_beat = (layouts[port].beat_bytes for port in ("s_axis", "m_axis"))

    async def values(ctx):
        words = [await read(ctx, design, at) for at in range(0, registers.status_bytes, 4)]
        return registers.decode(b"".join(word.to_bytes(4, "little") for word in words))

    async def bench(ctx):
        found = await values(ctx)
        assert (found["ID"], found["DIGEST"], found["STATUS"]) == (IDENTIFICATION, DIGEST, 0)
        assert found["IN_FRAME_BYTES"] == layouts["s_axis"].frame_bytes
        assert found["OUT_BEAT_BYTES"] == out_beat
        await send(ctx, design, data[0], in_beat)
        assert (await values(ctx))["STATUS"] == 1
        results = [await take(ctx, design, out_beat)]
        await send(ctx, design, data[0] + data[1], in_beat)
        await send(ctx, design, data[1], in_beat)
        results.append(await take(ctx, design, out_beat))
        found = await values(ctx)
        names = ("FRAMES_IN", "FRAMES_OUT", "FRAME_ERRORS", "STATUS")
        assert [found[name] for name in names] == [3, 2, 1, 2]

        # A reset in the middle of a frame: the rest of it is none.
        await send(ctx, design, data[2][:-in_beat], in_beat, last=False)
        assert await write(ctx, design, registers["CONTROL"].address, 1) == 0
        await ctx.tick().repeat(4)
        assert [(await values(ctx))[name] for name in names] == [0, 0, 0, 0]
        await send(ctx, design, data[3], in_beat)
        results.append(await take(ctx, design, out_beat))
        golden = network.infer(frames[[0, 1, 3]])
        raw = np.frombuffer(b"".join(results), np.uint8)
        assert (unpack(raw, layouts["m_axis"]) == golden).all()

    run(design, bench)


@pytest.mark.parametrize("design", [CONV, WIDE_CONV], ids=["one_word", "many_words"])
def test_weights_through_registers(design, rng):
    """A core whose weights arrive by stream, fed by nothing but AXI4-Lite."""
    inputs, expected = design.stimulus(rng, 2)
    core = AxiStreamFace(design.component())
    windows = [(port, core.tdata_bytes(port)) for port in ("s_axis_weights", "s_axis_scales")]
    registers = register_map(digest=DIGEST, frames={}, windows=windows)
    face = AxiLiteFace(core, registers=registers)
    assert not hasattr(face, "s_axis_weights_tdata")
    fields = [vars(field) for field in core.fields["s_axis"]]
    beats, last = pack_payloads(inputs["i"], fields)

    async def weights(ctx):
        for window, name in zip(registers.windows, ("i_weights", "i_scales"), strict=True):
            for beat in inputs[name]:
                for n in range(window.words):
                    word = beat >> 32 * n & 0xFFFFFFFF
                    assert await write(ctx, face, window.address, word) == 0

    async def acts(ctx):
        for beat, end in zip(beats, last, strict=True):
            ctx.set(face.s_axis_tdata, int.from_bytes(beat.tobytes(), "little"))
            ctx.set(face.s_axis_tlast, int(end))
            ctx.set(face.s_axis_tvalid, 1)
            await ctx.tick().until(face.s_axis_tready)
        ctx.set(face.s_axis_tvalid, 0)

    async def bench(ctx):
        found = []
        ctx.set(face.m_axis_tready, 1)
        while len(found) < len(expected):
            (beat,) = await ctx.tick().sample(face.m_axis_tdata).until(face.m_axis_tvalid)
            found.append(beat)
        out, _ = pack_payloads(expected, [vars(field) for field in core.fields["m_axis"]])
        assert found == [int.from_bytes(beat.tobytes(), "little") for beat in out]

    run(face, bench, weights, acts)


class Bus(wiring.Component):
    """A slave and four words of memory behind it; the last is busy for a while."""

    def __init__(self):
        self.slave = AxiLiteSlave(address_width=4)
        ports = {n: m for n, m in self.slave.signature.members.items() if n.startswith("s_axil")}
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        m.submodules.slave = slave = self.slave
        for name, member in self.signature.members.items():
            inner, outer = getattr(slave, name), getattr(self, name)
            m.d.comb += inner.eq(outer) if member.flow is wiring.In else outer.eq(inner)
        words, busy = Array(Signal(32) for _ in range(4)), Signal(3)
        m.d.comb += [
            slave.r_data.eq(words[slave.r_address]),
            slave.w_ready.eq((slave.w_address != 3) | (busy == 7)),
        ]
        with m.If(slave.w_en):
            m.d.sync += busy.eq(busy + 1)
        with m.If(slave.w_en & slave.w_ready):
            m.d.sync += words[slave.w_address].eq(slave.w_data)
        return m


def test_words_strobes_and_waiting():
    design = Bus()

    async def bench(ctx):
        for n in range(4):
            assert await write(ctx, design, 4 * n, 0x11111111 * (n + 1)) == 0
        assert [await read(ctx, design, 4 * n) for n in range(4)] == [
            0x11111111 * (n + 1) for n in range(4)
        ]
        assert await write(ctx, design, 0, 0xFFFFFFFF, strobe=0x7) == 2
        assert await write(ctx, design, 0, 0xFFFFFFFF, strobe=0x0) == 0
        assert await read(ctx, design, 0) == 0x11111111

    run(design, bench)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="at least 3 bits, not 2"):
        AxiLiteSlave(address_width=2)
