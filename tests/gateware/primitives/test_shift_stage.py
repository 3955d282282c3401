"""A stage of a shifter against a product, and against what AMD's cells make of it."""

import pytest
from amaranth.hdl import Const, Module, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.gateware.primitives.shift_stage import ShiftStage
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_twins

KINDS = [
    {"shifts": (0,), "complements": True},
    {"shifts": (None, 0), "complements": True},
    {"shifts": (None, 0, 1, 2), "complements": True},
    {"shifts": (None, 0, 2, 5), "complements": True},
    {"shifts": (0, 1, 2, 3)},
    {"shifts": (-1, 3), "complements": True},
    {"shifts": (-1, 3), "complements": True, "max_width": 6},
    {"shifts": (0, 4)},
]


class Stage(wiring.Component):
    """A stage as a component."""

    def __init__(self, shape, kind):
        self.stage = stage = ShiftStage(shape=shape, **kind)
        more = {"sign": In(1)} if stage.complements else {}
        super().__init__(
            {"i": In(shape), "select": In(stage.select_width), **more, "o": Out(stage.out_shape)}
        )

    def elaborate(self, platform):
        m = Module()
        sign = self.sign if self.stage.complements else None
        m.d.comb += self.o.eq(self.stage.add_to(m, platform, self.i, self.select, sign))
        return m


@pytest.mark.parametrize("shape", [signed(4), unsigned(4)], ids=["signed", "unsigned"])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_shift(shape, kind):
    component = Stage(shape, kind)
    stage = component.stage
    points = [
        {"i": act, "select": select, **({"sign": sign} if stage.complements else {})}
        for act in (range(-8, 8) if shape.signed else range(16))
        for select in range(2**stage.select_width)
        for sign in range(1 + stage.complements)
    ]
    golden = []
    for point in points:
        shift = stage.shifts[point["select"]]
        value = 0 if shift is None else point["i"] * 2 ** (shift + 1) // 2
        value = ~value if point.get("sign") else value
        golden.append((Const(value, stage.out_shape).value,))
    assert evaluate(component, points, ["o"]) == golden


def test_cells_of_amd(tmp_path):
    makes = [
        lambda shape=shape, kind=kind: Stage(shape, kind)
        for width in (2, 3, 8)
        for shape in (signed(width), unsigned(width))
        for kind in KINDS
    ]
    prove_twins(makes, LUT6_FAMILIES[:1], tmp_path)
