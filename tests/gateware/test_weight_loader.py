"""Bytes to memories."""

import pytest
from amaranth.sim import Simulator

from shiftconv.gateware.weight_loader import Load, WeightLoader


def run(loader, data, gaps):
    """Transfers of every output: (output, payload) in order."""
    found = []
    outputs = [getattr(loader, f"o_{n}") for n in range(len(loader.loads))]

    async def bench(ctx):
        for output in outputs:
            ctx.set(output.ready, 1)
        for byte, gap in zip(data, gaps, strict=True):
            for valid in [0] * gap + [1]:
                ctx.set(loader.i.valid, valid)
                ctx.set(loader.i.p, byte if valid else ~byte & 0xFF)
                sampled = await ctx.tick().sample(*(v for o in outputs for v in (o.valid, o.p)))
                pairs = sampled[2:]
                found.extend((n, pairs[2 * n + 1]) for n in range(len(outputs)) if pairs[2 * n])

    simulator = Simulator(loader)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize(
    "loads",
    [
        [Load(3, 8)],
        [Load(5, 3), Load(1, 1)],
        [Load(2, 12), Load(3, 24), Load(4, 5)],
    ],
    ids=str,
)
@pytest.mark.parametrize("longest_gap", [0, 2])
def test_every_memory_gets_its_words_twice(loads, longest_gap, rng):
    words = [[int(w) for w in rng.integers(0, 1 << x.width, x.transfers)] for x in loads]
    data = b"".join(
        word.to_bytes(load.bytes_each, "little")
        for load, part in zip(loads, words, strict=True)
        for word in part
    )
    assert len(data) == sum(load.n_bytes for load in loads)
    expected = [(n, word) for n, part in enumerate(words) for word in part]
    gaps = rng.integers(0, longest_gap, 2 * len(data), endpoint=True)
    assert run(WeightLoader(loads), data * 2, gaps) == expected * 2


def test_wrong_arguments():
    for loads in ([], [Load(0, 3)], [Load(3, 0)]):
        with pytest.raises(ValueError, match="Each memory must take at least one bit, not "):
            WeightLoader(loads)
