"""The memory that is read in order, for ever."""

import pytest
from amaranth.sim import Simulator

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.cyclic_memory import CyclicMemory
from tests.gateware.combinational import evaluate


def test_one_constant_word():
    memory = CyclicMemory(width=12, depth=1, words=[2021])
    assert (
        evaluate(memory, [{"o.ready": ready} for ready in (0, 1, 0)], ["o.valid", "o.payload"])
        == [(1, 2021)] * 3
    )


@pytest.mark.parametrize("depth", [2, 3, 8])
def test_constant_words(depth, rng, stall):
    words = rng.integers(0, 2**12, depth).tolist()
    memory = CyclicMemory(width=12, depth=depth, words=words)
    recording = simulate_streams(memory, {}, 3 * depth + 1, stall=stall, rng=rng)
    assert recording.payloads == (words * 4)[: 3 * depth + 1]
    if not stall:
        first = recording.cycles[0]
        assert recording.cycles == list(range(first, first + 3 * depth + 1))


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("n_parts", [1, 3])
@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_loaded_words(depth, n_parts, large, rng, stall):
    memory = CyclicMemory(width=4 * n_parts, depth=depth, granularity=4, large=large)
    parts = rng.integers(0, 16, depth * n_parts).tolist()
    recording = simulate_streams(memory, {"i": parts}, 3 * depth, stall=stall, rng=rng)
    assert recording.payloads == _words(parts, n_parts) * 3
    if not stall:
        # Nothing leaves until everything is there; then the write, the read, the transfer.
        first = len(parts) + 2
        assert recording.cycles == list(range(first, first + 3 * depth))


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("taken", [0, 1], ids=["untouched", "used"])
@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_loaded_again(depth, taken, large, rng):
    """No word of the old set leaves after the new one has begun, however much was read ahead."""
    memory = CyclicMemory(width=8, depth=depth, granularity=4, large=large)
    old, new = (rng.integers(0, 16, 2 * depth).tolist() for _ in range(2))
    found = []

    async def load(ctx, parts):
        for bits in parts:
            ctx.set(memory.i.p, bits)
            ctx.set(memory.i.valid, 1)
            await ctx.tick().until(memory.i.ready)
        ctx.set(memory.i.valid, 0)

    async def take(ctx, n):
        ctx.set(memory.o.ready, 1)
        for _ in range(n):
            [payload] = await ctx.tick().sample(memory.o.p).until(memory.o.valid)
            found.append(payload)
        ctx.set(memory.o.ready, 0)

    async def bench(ctx):
        await load(ctx, old)
        await take(ctx, taken * depth)
        await ctx.tick().repeat(3)
        await load(ctx, new)
        await take(ctx, 2 * depth)

    simulator = Simulator(memory)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    assert found == _words(old, 2) * taken + _words(new, 2) * 2


def _words(parts, n_parts):
    """Words of parts of four bits, the first part lowest."""
    groups = zip(*(parts[n::n_parts] for n in range(n_parts)), strict=True)
    return [sum(part << 4 * n for n, part in enumerate(group)) for group in groups]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 8, "depth": 0, "words": []}, "Memory must have bits, not 0 words of 8"),
        ({"width": 0, "depth": 1, "words": [0]}, "Memory must have bits, not 1 words of 0"),
        ({"width": 8, "depth": 2, "words": [1]}, "Memory of 2 words can't hold 1"),
        ({"width": 8, "depth": 2}, "Granularity must divide the width 8, not None"),
        ({"width": 8, "depth": 2, "granularity": 3}, "Granularity must divide the width 8, not 3"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        CyclicMemory(**arguments)
