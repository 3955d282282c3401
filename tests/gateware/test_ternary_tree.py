"""What the structure for AMD's FPGAs promises beside the contract: its size, and its lanes."""

import pytest
from amaranth.hdl import signed

from quant.codebook import PowerOfTwo
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.synthesis.synthesize import require_no_dsp, synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.dot_products._plain_lane import PlainLane


def test_latency():
    structure = DOT_PRODUCTS["ternary_tree"]
    assert [structure.latency_of(PowerOfTwo(n), 32) for n in range(5)] == [5, 5, 5, 5, 6]
    lanes = (1, 2, 3, 4, 5, 9, 16)
    latencies = [structure.latency_of(PowerOfTwo(2), n) for n in lanes]
    assert latencies == [2, 2, 3, 3, 4, 4, 4]


def test_size_of_one_kernel_of_three_by_three(tmp_path):
    """Chen et al., IEEE TNNLS 2021, Table VII: 307 LUT and 3 DSP."""
    design = PeDesign(
        weight_width=2, act_width=16, lanes=9, signed=True, family="xcup", structure="ternary_tree"
    )
    verilog = tmp_path / "pe.v"
    verilog.write_text(emit_verilog(design.component(), name="pe", family="xcup"))
    result = synthesize(verilog, top="pe", family="xcup", work=tmp_path)
    require_no_dsp(result)
    assert result.area.lut <= 260


def test_a_plain_lane_does_not_shift():
    with pytest.raises(ValueError, match="A plain lane does not shift, as power-of-two:2 does"):
        PlainLane(codebook=PowerOfTwo(2), act=signed(8))
