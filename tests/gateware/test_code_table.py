"""Tables from codes to codes."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.sim import Simulator

from quant.codebook import apot, shift_cnn
from shiftconv.gateware.code_table import look_up_code

TABLES = {
    "mixed": (np.array([3, 5, 7, 1, 3, 5, 7, 1]), 3),
    "wide": (np.random.default_rng(3).integers(0, 32, 64), 5),
    "one bit": (np.array([1, 0]), 1),
    "same": (np.array([2, 2, 2, 2]), 2),
}


@pytest.mark.parametrize(("table", "width"), TABLES.values(), ids=TABLES)
def test_every_code(table, width):
    m = Module()
    code, out = Signal((len(table) - 1).bit_length()), Signal(width)
    m.d.comb += out.eq(look_up_code(code, table, width))
    found = []

    async def ask(ctx):
        for value in range(len(table)):
            ctx.set(code, value)
            await ctx.delay(1e-9)
            found.append(ctx.get(out))

    simulator = Simulator(m)
    simulator.add_testbench(ask)
    simulator.run()
    assert found == table.tolist()


@pytest.mark.parametrize("codebook", [apot(5), shift_cnn(4)], ids=lambda book: book.name)
def test_fields_of_terms_are_wires(codebook):
    """What lanes take is cut out of the code as it is."""
    code = Signal(codebook.code_width)
    bits = {repr(code[n]) for n in range(len(code))}
    table = codebook.term_codes(np.arange(2**codebook.code_width))
    for n, term in enumerate(codebook.terms):
        parts = look_up_code(code, table[:, n], term.codebook.code_width)
        assert {repr(part) for part in parts.parts} <= bits


def test_constant_bits():
    code = Signal(2)
    found = look_up_code(code, np.array([2, 2, 2, 2]), 2)
    assert repr(Value.cast(found)) == repr(Cat(Const(0, 1), Const(1, 1)))
