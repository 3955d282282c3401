"""First in, first out, and how much fits."""

import pytest
from amaranth.hdl import signed
from amaranth.lib import data
from amaranth.sim import Simulator

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.stream_queue import StreamQueue

DEPTHS = [4, 5, 7, 8, 33, 64]


@pytest.mark.parametrize("depth", DEPTHS)
def test_order_and_throughput(depth, rng, stall):
    payloads = rng.integers(0, 256, 200).tolist()
    shape = data.StructLayout({"data": data.ArrayLayout(signed(1), 7), "last": 1})
    recording = simulate_streams(
        StreamQueue(shape=shape, depth=depth), {"i": payloads}, 200, stall=stall, rng=rng
    )
    assert recording.payloads == payloads
    if not stall:
        assert recording.cycles == list(range(3, 203))


@pytest.mark.parametrize("depth", DEPTHS)
def test_holds_as_many_as_promised_and_then_flows_on(depth):
    queue = StreamQueue(shape=8, depth=depth)
    blocked, n_cycles = depth + 10, 3 * depth + 20
    taken, given = [], []

    async def bench(ctx):
        ctx.set(queue.i.valid, 1)
        for cycle in range(n_cycles):
            ctx.set(queue.o.ready, cycle >= blocked)
            ctx.set(queue.i.payload, len(taken) % 256)
            _, _, ready, valid, payload = await ctx.tick().sample(
                queue.i.ready, queue.o.valid, queue.o.payload
            )
            taken.extend([cycle] * ready)
            given.extend([payload] * (valid and cycle >= blocked))

    simulator = Simulator(queue)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    assert sum(cycle < blocked for cycle in taken) == depth
    # One a cycle from the moment that the output is free.
    assert given == [n % 256 for n in range(n_cycles - blocked)]
    assert len(taken) >= depth + n_cycles - blocked - 1


@pytest.mark.parametrize("depth", [3, 0, -1])
def test_too_little(depth):
    with pytest.raises(ValueError, match=f"Depth must be at least 4, not {depth}"):
        StreamQueue(shape=8, depth=depth)
