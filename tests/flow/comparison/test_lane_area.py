"""What a product takes, whatever its weights; Yosys is tested elsewhere."""

import pytest

from quant.codebook import IndexedLevels, PowerOfTwo, TwosComplement, apot
from shiftconv.area import Area
from shiftconv.flow.comparison.lane_area import lane_area
from shiftconv.flow.synthesis.measurements import Measurement
from shiftconv.flow.synthesis.synthesize import DspError


class Designs:
    """Takes designs for synthesis, and tells an area."""

    def __init__(self, dsp=0, unknown=None):
        self.taken = []
        self.found = Measurement(
            Area(lut=9, lutram=0, ff=0, carry=0, dsp=dsp, bram=0), unknown or {}, (), "0"
        )

    def measure(self, verilog, *, top, family, recipe=None):
        self.taken.append((verilog, family, recipe))
        return self.found


@pytest.mark.parametrize("family", ["xcup", "ice40"])
def test_each_codebook_has_lanes_of_its_own(family):
    store = Designs()
    books = PowerOfTwo(2), apot(4), IndexedLevels((-90, 0, 33)), TwosComplement(4)
    for book in books:
        found = lane_area(book, family=family, act_width=4, lanes=2, store=store)
        assert found is store.found
    assert len({verilog for verilog, *_ in store.taken}) == len(books)
    assert {(name, recipe) for _, name, recipe in store.taken} == {(family, None)}


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (Designs(dsp=1), "Lanes of power-of-two:2 for xcup have 1 DSP and cells of .*: none"),
        (Designs(unknown={"MAGIC": 2}), "have 0 DSP and cells of unknown type: MAGIC"),
    ],
)
def test_multiplier_blocks_are_refused(store, message):
    with pytest.raises(DspError, match=message):
        lane_area(PowerOfTwo(2), family="xcup", act_width=4, lanes=2, store=store)
