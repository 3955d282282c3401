"""One stream to several takers."""

import pytest
from amaranth.hdl import Cat, signed
from amaranth.lib import data
from amaranth.sim import Simulator

from shiftconv.gateware.stream_fork import StreamFork

SHAPE = data.StructLayout({"data": data.ArrayLayout(signed(3), 2), "last": 1})


def _record(n, payloads, n_cycles, offers, readies):
    """What each output gives, with its cycle; in cycle c the input offers if ``offers(c)``, and
    output k takes if ``readies(c, k)``."""
    fork = StreamFork(shape=SHAPE, n=n)
    outputs = [getattr(fork, f"o_{k}") for k in range(n)]
    given = [[] for _ in range(n)]

    async def bench(ctx):
        at, offering = 0, False
        for cycle in range(n_cycles):
            offering = (offering or offers(cycle)) and at < len(payloads)
            ctx.set(fork.i.valid, offering)
            ctx.set(fork.i.payload, SHAPE.from_bits(payloads[at] if offering else cycle % 128))
            takes = [readies(cycle, k) for k in range(n)]
            for output, take in zip(outputs, takes, strict=True):
                ctx.set(output.ready, take)
            _, _, ready, valid, *bits = await ctx.tick().sample(
                fork.i.ready, Cat(o.valid for o in outputs), *(o.payload for o in outputs)
            )
            for k, payload in enumerate(bits):
                if takes[k] and valid >> k & 1:
                    given[k].append((cycle, payload.as_bits()))
            if offering and ready:
                at, offering = at + 1, False

    simulator = Simulator(fork)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return given


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_everyone_gets_everything_once(n, rng):
    payloads = rng.integers(0, 128, 60).tolist()
    chances = rng.random((1000, n)) < rng.uniform(0.2, 0.9, n)
    pauses = rng.random(1000) < 0.3
    given = _record(
        n, payloads, 1000, lambda cycle: not pauses[cycle], lambda cycle, k: bool(chances[cycle, k])
    )
    for transfers in given:
        assert [payload for _, payload in transfers] == payloads


@pytest.mark.parametrize("n", [1, 3])
def test_one_each_cycle(n, rng):
    payloads = rng.integers(0, 128, 50).tolist()
    given = _record(n, payloads, 60, lambda _: True, lambda *_: True)
    assert given == [list(enumerate(payloads))] * n


def test_nobody_waits_for_the_others():
    """Each takes in its own cycle; the next transfer comes right after the last one's."""
    given = _record(3, [1, 2, 3], 20, lambda _: True, lambda cycle, k: cycle % 4 == k)
    assert given == [[(0, 1), (4, 2), (8, 3)], [(1, 1), (5, 2), (9, 3)], [(2, 1), (6, 2), (10, 3)]]


def test_one_that_takes_nothing_holds_only_the_next():
    given = _record(2, [1, 2, 3], 20, lambda _: True, lambda _, k: k == 0)
    assert given == [[(0, 1)], []]


def test_no_output():
    with pytest.raises(ValueError, match="Number of outputs must be a positive integer, not 0"):
        StreamFork(shape=8, n=0)
