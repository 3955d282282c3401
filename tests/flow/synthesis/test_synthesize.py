"""Areas from real syntheses, and the accounting of cells."""

import dataclasses

import pytest

from boards import FAMILIES, find_board
from shiftconv.area import Area
from shiftconv.flow.synthesis.area import area_of, unknown_cells, utilization
from shiftconv.flow.synthesis.synthesize import DspError, require_no_dsp, synthesize
from shiftconv.flow.verilog import emit_verilog
from tests.flow.designs import Dot

LANES = [f"lane{i}" for i in range(4)]


@pytest.fixture(scope="module")
def verilog(tmp_path_factory):
    """A design with 24 kbit of weights."""
    path = tmp_path_factory.mktemp("verilog") / "dot.v"
    path.write_text(emit_verilog(Dot(depth=2048), name="dot"))
    return path


@pytest.fixture(scope="module", params=FAMILIES)
def result(request, verilog, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    return synthesize(verilog, top="dot", family=request.param, work=work, stages=LANES)


def test_counts_are_plausible(result):
    # 4 × 11 register bits in the lanes, 13 for the sum, and 26 behind it or fewer, by its sign.
    assert 4 * 11 + 13 + 13 <= result.area.ff <= 4 * 11 + 13 + 26
    assert 80 <= result.area.lut <= 500
    assert 20 <= result.area.carry <= 200
    assert result.area.lutram == 0
    bits = {"xcup": 36_864, "xc7": 36_864, "ice40": 4096}.get(result.family, 18_432)
    assert 2048 * 12 <= result.area.bram * bits <= 3 * 2048 * 12
    assert result.unknown == {}


def test_no_dsp(result):
    assert result.area.dsp == 0
    require_no_dsp(result)


def test_stages_and_the_rest_sum_up(result):
    assert [stage.name for stage in result.stages] == [*LANES, "dot"]
    assert sum((stage.area for stage in result.stages), Area()) == result.area
    for stage in result.stages[:-1]:
        assert stage.area.ff in (10, 11)
        assert stage.area.lut >= 10
        assert stage.area.bram == 0
    assert area_of(result.cells, result.family) == result.area


def test_origin_is_recorded(result):
    assert any(command.startswith("synth_") for command in result.recipe)
    assert "-nodsp" not in " ".join(result.recipe)
    # Without it ecp5 and nexus broke off at a convolution engine of 144 lanes: "Assert
    # `GetSize(conn.first) == GetSize(conn.second)' failed", over the names of array fields.
    assert result.recipe[1] == "rename -hide w:*"
    assert result.yosys_version
    assert result.seconds > 0


def test_flattening_is_the_default(verilog, tmp_path):
    result = synthesize(verilog, top="dot", family="ecp5", work=tmp_path)
    assert [stage.name for stage in result.stages] == ["dot"]
    assert "dot.lane0" not in result.cells
    assert [path.name for path in tmp_path.iterdir()] == ["synth.log"]


@pytest.mark.parametrize("family", FAMILIES)
def test_multiplier_is_found(tmp_path, family):
    path = tmp_path / "dot.v"
    path.write_text(emit_verilog(Dot(depth=16, multiply=True), name="dot"))
    result = synthesize(path, top="dot", family=family, work=tmp_path, stages=["lane1"])
    assert result.area.dsp == 1
    with pytest.raises(DspError, match=f"'dot' synthesized for {family} has 1 DSP, in dot; none"):
        require_no_dsp(result)


def test_unknown_cells_are_told(result):
    doubtful = dataclasses.replace(result, unknown={"DSP99": 2})
    with pytest.raises(DspError, match="cells of unknown type: DSP99"):
        require_no_dsp(doubtful)


@pytest.mark.parametrize(
    ("family", "cells", "area"),
    [
        ("xcup", {"LUT6": 3, "INV": 1, "MUXF7": 2, "FDRE": 4}, Area(lut=4, ff=4)),
        ("xc7", {"RAM32M": 2, "SRL16E": 3, "RAMB18E1": 3}, Area(lut=11, lutram=11, bram=1.5)),
        ("xcup", {"CARRY8": 1, "CARRY4": 1, "URAM288": 1}, Area(carry=12, big_ram=1)),
        ("ecp5", {"CCU2C": 3, "TRELLIS_DPR16X4": 1, "PFUMX": 9}, Area(lut=12, lutram=6, carry=6)),
        ("ice40", {"SB_LUT4": 2, "SB_CARRY": 2, "SB_DFFNESR": 1}, Area(lut=2, carry=2, ff=1)),
        (
            "gowin",
            {"ALU": 4, "RAM16SDP4": 1, "MULT9X9": 1},
            Area(lut=8, lutram=4, carry=4, dsp=0.5),
        ),
        ("nexus", {"WIDEFN9": 2, "PDPSC16K": 1, "MULT36X36": 1}, Area(lut=4, bram=1, dsp=4)),
    ],
)
def test_accounting(family, cells, area):
    assert area_of(cells, family) == area
    assert unknown_cells({**cells, "$mul": 1}, family) == {"$mul": 1}


def test_utilization():
    area = Area(lut=13_704, ff=0, dsp=252, bram=91.2)
    assert utilization(area, find_board("zcu102")) == pytest.approx(
        {"lut": 0.05, "ff": 0, "dsp": 0.1, "bram": 0.1}
    )
    assert utilization(Area(big_ram=1), find_board("icebreaker"))["big_ram"] == 0.25


def test_wrong_arguments(verilog, tmp_path):
    with pytest.raises(ValueError, match=r"Family must be one of xcup, .*, not 'virtex'"):
        synthesize(verilog, top="dot", family="virtex", work=tmp_path)
    with pytest.raises(ValueError, match=r"There is no module 'top'; the file has dot, dot\.lane0"):
        synthesize(verilog, top="top", family="ecp5", work=tmp_path)
    with pytest.raises(ValueError, match="There is no module for the stage 'conv1' in 'dot'"):
        synthesize(verilog, top="dot", family="ecp5", work=tmp_path, stages=["conv1"])
