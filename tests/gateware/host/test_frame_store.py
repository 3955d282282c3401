"""Only what was committed leaves, in order; room is what is left."""

import pytest
from amaranth.sim import Simulator

from shiftconv.gateware.host.frame_store import FrameStore


def _run(frames, *, frame_bytes, depth, stall, rng, take=True):
    """Put frames (bytes, is_good) in as room allows; bytes that leave, and frames refused."""
    store = FrameStore(frame_bytes=frame_bytes, depth=depth)
    found, refused = [], []
    n_good = sum(len(data) for data, good in frames if good)
    simulator = Simulator(store)
    simulator.add_clock(1e-8)

    async def source(ctx):
        for n, (data, good) in enumerate(frames):
            await ctx.tick()
            if not ctx.get(store.room):
                if not take:
                    refused.append(n)
                    continue
                await ctx.tick().until(store.room)
            ctx.set(store.i.valid, 1)
            for byte in data:
                ctx.set(store.i.payload, byte)
                _, _, ready = await ctx.tick().sample(store.i.ready)
                assert ready
            ctx.set(store.i.valid, 0)
            ctx.set(store.commit if good else store.rollback, 1)
            await ctx.tick()
            ctx.set(store.commit, 0)
            ctx.set(store.rollback, 0)

    async def sink(ctx):
        idle = 0
        while idle < 60 + 2 * frame_bytes and len(found) <= n_good:
            ready = take and rng.random() >= stall
            ctx.set(store.o.ready, ready)
            _, _, valid, byte = await ctx.tick().sample(store.o.valid, store.o.payload)
            idle = 0 if valid and ready else idle + 1
            if valid and ready:
                found.append(byte)

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return found, refused


@pytest.mark.parametrize("depth", [8, 16])
def test_good_frames_leave_in_order(depth, rng, stall):
    frames = []
    for n in range(40):
        good = bool(rng.random() < 0.6)
        # One that is bad may have been cut anywhere.
        length = 7 if good else int(rng.integers(0, 8))
        frames.append((rng.integers(0, 256, length).tolist(), good or (n == 39 and length == 7)))
    found, _ = _run(frames, frame_bytes=7, depth=depth, stall=stall, rng=rng)
    assert found == [byte for data, good in frames if good for byte in data]


def test_room_for_as_many_frames_as_fit(rng):
    frames = [([n] * 5, True) for n in range(5)]
    assert _run(frames, frame_bytes=5, depth=16, stall=0, rng=rng, take=False)[1] == [3, 4]


def test_a_frame_that_fills_it(rng):
    frames = [([*range(8)], True), ([*range(8, 16)], True)]
    assert _run(frames, frame_bytes=8, depth=8, stall=0, rng=rng)[0] == [*range(16)]


@pytest.mark.parametrize("depth", [4, 12])
def test_wrong_arguments(depth):
    with pytest.raises(ValueError, match=f"at least the 5 bytes of a frame, not {depth}"):
        FrameStore(frame_bytes=5, depth=depth)
