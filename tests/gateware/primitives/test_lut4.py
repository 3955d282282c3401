"""The LUT4 and its twin."""

import pytest
from amaranth.hdl import Cat, Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.flow.tools import ToolError
from shiftconv.gateware.primitives.lut4 import LUT4_FAMILIES, lut4
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_equal

CELL = {"ecp5": "LUT4", "nexus": "LUT4", "ice40": "SB_LUT4", "gowin": "LUT4"}
N_TABLES = 24


def function_of(table):
    """Function with a table, the first bit the lowest of the address."""

    def function(*bits):
        result = 0
        for address in range(2 ** len(bits)):
            term = table >> address & 1
            for n, bit in enumerate(bits):
                term = term & (bit if address >> n & 1 else ~bit)
            result = result | term
        return result

    return function


class Tables(wiring.Component):
    """Functions of the first bits of ``a``, each with a table of its own."""

    def __init__(self, tables):
        self.tables = tables
        super().__init__({"a": In(5), "o": Out(len(tables))})

    def elaborate(self, platform):
        m = Module()
        bits = list(self.a)
        outputs = [
            lut4(m, platform, function_of(table), *bits[: n % 4 + 1])
            for n, table in enumerate(self.tables)
        ]
        m.d.comb += self.o.eq(Cat(outputs))
        return m


@pytest.fixture
def tables(rng):
    return [int(rng.integers(2**2 ** (n % 4 + 1))) for n in range(N_TABLES)]


def test_tables(tables):
    addresses = range(2**5)
    found = evaluate(Tables(tables), [{"a": a} for a in addresses], ["o"])
    golden = [
        sum((table >> a % 2 ** (n % 4 + 1) & 1) << n for n, table in enumerate(tables))
        for a in addresses
    ]
    assert [o for (o,) in found] == golden


@pytest.mark.parametrize("family", LUT4_FAMILIES)
def test_cells_are_their_twins(family, tables, tmp_path):
    prove_equal([(Tables(tables), Tables(tables))], family, CELL[family], tmp_path)


def test_proof_finds_another_table(tables, tmp_path):
    other = [*tables[:-1], tables[-1] ^ 0x8000]
    with pytest.raises(ToolError, match="proof did fail"):
        prove_equal([(Tables(tables), Tables(other))], "ecp5", "LUT4", tmp_path)


def test_nothing_spent_where_nothing_is_to_choose():
    m = Module()
    a, b = Tables([0]).a[0], Tables([0]).a[1]
    assert lut4(m, None, lambda x, y: x | y, a, Const(0, 1)) is a
    assert lut4(m, None, lambda x, y: (x & y) | (x & ~y), a, b) is a
    assert lut4(m, None, lambda x, y: x ^ y, a, a).value == 0
    assert lut4(m, None, lambda x: x | ~x, a).value == 1


def test_inputs_counted_once():
    m = Module()
    bits = list(Tables([0]).a)
    assert len(lut4(m, None, lambda *x: x[0] ^ x[3] ^ x[4], *bits[:4], bits[0])) == 1
    with pytest.raises(ValueError, match="A LUT4 has at most 4 inputs, not 5"):
        lut4(m, None, lambda *x: x[0], *bits)
