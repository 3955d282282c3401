"""The chain of lanes against a sum of products: every code, minus zero too, and stalls."""

import pytest
from amaranth.sim import Simulator

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.dot_products._lane_chain import LaneChain


@pytest.mark.parametrize("exponent_width", range(5))
@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize("signed", [False, True])
def test_every_code(exponent_width, lanes, signed, rng):
    codebook, fmt = PowerOfTwo(exponent_width), ActFormat(3, 0, signed)
    n_codes = 2**codebook.code_width
    folds = [
        [(int(rng.integers(fmt.lo, fmt.hi + 1)), (code + 3 * n) % n_codes) for n in range(lanes)]
        for code in range(n_codes)
    ] + [[(act, code)] * lanes for act in (fmt.lo, fmt.hi) for code in range(n_codes)]
    golden = [sum(act * int(codebook.decode([code])[0]) for act, code in fold) for fold in folds]
    chain = LaneChain(codebook=codebook, act=act_shape(fmt), lanes=lanes)
    found = []

    async def bench(ctx):
        for fold in folds + [folds[0]] * chain.latency:
            for n, (act, code) in enumerate(fold):
                ctx.set(chain.act[n], act)
                ctx.set(chain.code[n], code)
            # Nothing moves, whatever the operands are.
            ctx.set(chain.en, 0)
            await ctx.tick()
            ctx.set(chain.en, 1)
            found.append(ctx.get(chain.total) + ctx.get(chain.one))
            await ctx.tick()

    simulator = Simulator(chain)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert found[chain.latency :] == golden
