"""Multiplier blocks in cascades: how many fit, and the vendor's block against its twin."""

import importlib.resources

import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import TwosComplement
from shiftconv.flow.tools import run_yosys
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.dsp_cascade import DspCascade, run_length
from shiftconv.gateware.dsp_slice import DspSlice

# Narrow sums, for which the solver is quick; a wrong bit shows in narrow ones too.
PROOF = """\
read_verilog portable.v
prep -flatten -top portable
design -stash portable
read_verilog xcup.v
read_verilog dsp48e2.v
prep -flatten -top xcup
design -stash xcup
design -copy-from portable portable
design -copy-from xcup xcup
miter -equiv -flatten -make_assert -make_outputs portable xcup both
hierarchy -top both
opt -full
wreduce
opt -full
sat -verify -prove-asserts -seq 1 -set-init-zero -tempinduct -maxsteps 10 both
"""


class Narrow(wiring.Component):
    """Three blocks, one of each delay, with narrow operands that use both inputs of a sum."""

    def __init__(self):
        super().__init__({"en": In(1), "operands": In(18), "total": Out(signed(5))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.cascade = cascade = DspCascade(lanes=3, accumulates=False)
        m.d.comb += [cascade.en.eq(self.en), self.total.eq(cascade.total)]
        ports = [port[n] for n in range(3) for port in (cascade.high, cascade.low, cascade.b)]
        for n, port in enumerate(ports):
            m.d.comb += port.eq(self.operands[2 * n : 2 * n + 2].as_signed())
        return m


COMPONENTS = {
    "accumulates": lambda: DOT_PRODUCTS["dsp_cascade"](
        codebook=TwosComplement(2), act=signed(2), lanes=4, acc_width=5
    ),
    "sums": Narrow,
}


@pytest.mark.parametrize("make", COMPONENTS.values(), ids=COMPONENTS)
def test_block_is_its_twin(make, tmp_path):
    """For all inputs and at any time, by induction from registers that are zero."""
    for name, family in (("portable", None), ("xcup", "xcup")):
        text = emit_verilog(make(), name=name, family=family)
        assert ("DSP48E2" in text) == (family is not None)
        (tmp_path / f"{name}.v").write_text(text)
    models = importlib.resources.files("shiftconv.flow.simulation").joinpath("cell_models")
    (tmp_path / "dsp48e2.v").write_text(models.joinpath("dsp48e2.v").read_text())
    run_yosys(PROOF, tmp_path)


@pytest.mark.parametrize(("lanes", "length"), [(4, 1), (5, 2), (18, 2), (19, 3), (48, 3), (49, 4)])
def test_runs_grow_slowly(lanes, length):
    assert run_length(lanes) == length


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DspCascade(lanes=0), "Number of lanes must be a positive integer, not 0"),
        (lambda: DspSlice(delay=4, registered=True, adds=False), "from 1 to 3, not 4"),
        (
            lambda: DspSlice(delay=1, registered=False, adds=False, accumulates=True),
            "A slice that accumulates is registered",
        ),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
