"""The adder of three operands against a sum, and against what AMD's cells make of it."""

from itertools import product

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.gateware.primitives.ternary_adder import TernaryAdder
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_twins

SIZES = [((1, 1, 1), 1), ((3, 3, 3), 5), ((4, 4, 2), 6), ((3, 2, 1), 5), ((2, 5, 9), 9)]

COMPLEMENTS = [(False, True, False), (False, False, True), (True, True, False)]


class Adder(wiring.Component):
    """The adder as a component."""

    def __init__(self, size, n_ones, clears=False, flips=False, complements=(False, False, False)):
        widths, self.width = size
        self.clears, self.flips = clears, flips
        self.complements = complements
        operands = {name: In(signed(width)) for name, width in zip("xyz", widths, strict=True)}
        more = {name: In(1) for name, has in (("clear", clears), ("flip", flips)) if has}
        super().__init__({**operands, "ones": In(n_ones), **more, "total": Out(signed(self.width))})

    def elaborate(self, platform):
        m = Module()
        total = TernaryAdder(width=self.width).add_to(
            m,
            platform,
            (self.x, self.y, self.z),
            list(self.ones),
            clear=self.clear if self.clears else None,
            flip=self.flip if self.flips else None,
            complements=self.complements,
        )
        m.d.comb += self.total.eq(total)
        return m


@pytest.mark.parametrize("n_ones", [0, 1, 2])
@pytest.mark.parametrize("clears", [False, True])
def test_every_sum(n_ones, clears):
    adder = Adder(((2, 3, 2), 5), n_ones, clears)
    points = [
        {"x": x, "y": y, "z": z, "ones": ones, **({"clear": clear} if clears else {})}
        for x, y, z in product(range(-2, 2), range(-4, 4), range(-2, 2))
        for ones in range(2**n_ones)
        for clear in range(1 + clears)
    ]
    golden = [
        (p["x"] + p["y"] + (0 if p.get("clear") else p["z"]) + p["ones"].bit_count(),)
        for p in points
    ]
    assert evaluate(adder, points, ["total"]) == golden


def test_every_flip():
    adder = Adder(((2, 3, 2), 5), 1, flips=True)
    points = [
        {"x": x, "y": y, "z": z, "ones": sign, "flip": sign}
        for x, y, z in product(range(-2, 2), range(-4, 4), range(-2, 2))
        for sign in (0, 1)
    ]
    golden = [(p["x"] + p["y"] + (-p["z"] if p["flip"] else p["z"]),) for p in points]
    assert evaluate(adder, points, ["total"]) == golden


@pytest.mark.parametrize("complements", COMPLEMENTS, ids=str)
def test_differences(complements):
    adder = Adder(((2, 3, 2), 5), 2, complements=complements)
    points = [
        {"x": x, "y": y, "z": z, "ones": 3}
        for x, y, z in product(range(-2, 2), range(-4, 4), range(-2, 2))
    ]
    golden = [
        (sum(~p[name] if c else p[name] for name, c in zip("xyz", complements, strict=True)) + 2,)
        for p in points
    ]
    assert evaluate(adder, points, ["total"]) == golden


def test_sums_wrap():
    adder = Adder(((4, 4, 4), 4), 2)
    assert evaluate(adder, [{"x": 7, "y": 7, "z": 7, "ones": 3}], ["total"]) == [(7,)]


def test_cells_of_amd(tmp_path):
    makes = [
        lambda size=size, n_ones=n_ones, clears=clears: Adder(size, n_ones, clears)
        for size, n_ones, clears in product(SIZES, (0, 1, 2), (False, True))
    ] + [
        lambda size=size, complements=complements: Adder(size, 2, complements=complements)
        for size, complements in product(SIZES, COMPLEMENTS)
    ]
    makes += [lambda size=size: Adder(size, 2, flips=True) for size in SIZES]
    prove_twins(makes, LUT6_FAMILIES, tmp_path)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="Width must be a positive integer, not 0"):
        TernaryAdder(width=0)
    operands = (Signal(4), Signal(4), Signal(4))
    with pytest.raises(ValueError, match="An adder takes 2 ones at most, not 3"):
        TernaryAdder(width=6).add_to(Module(), None, operands, [Signal()] * 3)
    with pytest.raises(ValueError, match="clear or flip its third operand, not both"):
        TernaryAdder(width=6).add_to(Module(), None, operands, clear=Signal(), flip=Signal())
