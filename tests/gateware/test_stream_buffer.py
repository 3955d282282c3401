"""The two-entry register."""

import pytest
from amaranth.hdl import signed
from amaranth.lib import data
from amaranth.sim import Simulator

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.stream_buffer import StreamBuffer


@pytest.mark.parametrize(
    "shape",
    [4, signed(4), data.StructLayout({"data": data.ArrayLayout(signed(1), 3), "last": 1})],
    ids=["unsigned", "signed", "structure"],
)
def test_passes_everything_on(shape, rng, stall):
    payloads = rng.integers(0, 16, 200).tolist()
    recording = simulate_streams(
        StreamBuffer(shape=shape), {"i": payloads}, 200, stall=stall, rng=rng
    )
    assert recording.payloads == payloads
    if not stall:
        assert recording.cycles == list(range(2, 202))


def test_ready_is_a_register():
    """Within a cycle, neither ``ready`` nor ``valid`` follows the other side."""
    buffer = StreamBuffer(shape=4)
    moved = []

    async def bench(ctx):
        for cycle in range(8):
            ctx.set(buffer.i.payload, cycle)
            seen = set()
            for valid, ready in [(0, 0), (0, 1), (1, 0), (1, 1), (1, cycle > 4)]:
                ctx.set(buffer.i.valid, valid)
                ctx.set(buffer.o.ready, ready)
                seen.add((ctx.get(buffer.i.ready), ctx.get(buffer.o.valid)))
            moved.append(seen)
            await ctx.tick()

    simulator = Simulator(buffer)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    # Empty, one, two entries, stuck; then one leaves and another comes.
    assert moved == [{(1, 0)}, {(1, 1)}, {(0, 1)}, {(0, 1)}, {(0, 1)}, {(0, 1)}, {(1, 1)}, {(1, 1)}]
