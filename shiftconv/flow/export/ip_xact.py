"""A design as an IP-XACT component (IEEE 1685-2009), as Vivado's catalog takes it."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping

from amaranth.hdl import Shape
from amaranth.lib.wiring import In

from shiftconv import __version__
from shiftconv.flow.export.design import ExportDesign

__all__ = ["component_xml"]

SPIRIT = "http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009"
XILINX = "http://www.xilinx.com"
VIEW, FILES = "xilinx_anylanguagesynthesis", "sources"
FAMILIES = ("zynq", "zynquplus", "artix7", "kintexu", "kintexuplus", "virtexuplus")
AXI_LITE_SIGNALS = [
    *(f"{channel}{name}" for channel in ("AW", "AR") for name in ("ADDR", "PROT")),
    *(f"{c}{side}" for c in ("AW", "W", "B", "AR", "R") for side in ("VALID", "READY")),
    *("WDATA", "WSTRB", "BRESP", "RDATA", "RRESP"),
]
STREAM_SIGNALS = ["TDATA", "TLAST", "TVALID", "TREADY"]


def component_xml(design: ExportDesign, verilog: str) -> str:
    """Text of ``component.xml``.

    Parameters
    ----------
    design : ExportDesign
    verilog : str
        Path of the Verilog of ``design.axi_face``, from the file on.
    """
    ports = _ports(design)
    root = ET.Element("spirit:component", {"xmlns:spirit": SPIRIT, "xmlns:xilinx": XILINX})
    for name, text in (
        ("vendor", "shiftconv"),
        ("library", "user"),
        ("name", design.axi_name),
        ("version", ".".join(__version__.split(".")[:2])),
    ):
        _text(root, name, text)
    _interfaces(_sub(root, "busInterfaces"), ports)
    _memory_maps(_sub(root, "memoryMaps"), design)
    model = _sub(root, "model")
    view = _sub(_sub(model, "views"), "view")
    _text(view, "name", VIEW)
    _text(view, "envIdentifier", ":vivado.xilinx.com:synthesis")
    _text(view, "language", "Verilog")
    _text(view, "modelName", design.axi_name)
    _text(_sub(view, "fileSetRef"), "localName", FILES)
    _model_ports(_sub(model, "ports"), ports)
    file_set = _sub(_sub(root, "fileSets"), "fileSet")
    _text(file_set, "name", FILES)
    file = _sub(file_set, "file")
    _text(file, "name", verilog)
    _text(file, "fileType", "verilogSource")
    _text(root, "description", f"{design.name}, design {design.manifest.digest}")
    _parameter(_sub(root, "parameters"), "Component_Name", design.axi_name)
    _vendor_extensions(root, design)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _ports(design: ExportDesign) -> dict[str, tuple[str, int]]:
    """Direction and width of every port of the module."""
    members = design.axi_face.signature.members
    ports = {
        name: ("in" if member.flow is In else "out", Shape.cast(member.shape).width)
        for name, member in members.items()
    }
    return {"clk": ("in", 1), "rst": ("in", 1), **ports}


def _sub(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"spirit:{name}")


def _text(parent: ET.Element, name: str, text: object) -> ET.Element:
    child = _sub(parent, name)
    child.text = str(text)
    return child


def _parameter(parent: ET.Element, name: str, value: object) -> None:
    parameter = _sub(parent, "parameter")
    _text(parameter, "name", name)
    _text(parameter, "value", value)


def _interfaces(parent: ET.Element, ports: Mapping[str, object]) -> None:
    streams = [name.removesuffix("_tvalid") for name in ports if name.endswith("_tvalid")]
    for stream in streams:
        signals = [name for name in STREAM_SIGNALS if f"{stream}_{name.lower()}" in ports]
        role = "slave" if stream.startswith("s_") else "master"
        _interface(parent, stream, "interface:axis", role, {s: _join(stream, s) for s in signals})
    axi_lite = {signal: _join("s_axil", signal) for signal in AXI_LITE_SIGNALS}
    bus = _interface(parent, "s_axil", "interface:aximm", "slave", axi_lite)
    _parameter(_sub(bus, "parameters"), "PROTOCOL", "AXI4LITE")
    clock = _interface(parent, "clk", "signal:clock", "slave", {"CLK": "clk"})
    parameters = _sub(clock, "parameters")
    _parameter(parameters, "ASSOCIATED_BUSIF", ":".join([*streams, "s_axil"]))
    _parameter(parameters, "ASSOCIATED_RESET", "rst")
    reset = _interface(parent, "rst", "signal:reset", "slave", {"RST": "rst"})
    _parameter(_sub(reset, "parameters"), "POLARITY", "ACTIVE_HIGH")


def _join(bus: str, signal: str) -> str:
    return f"{bus}_{signal.lower()}"


def _interface(
    parent: ET.Element, name: str, kind: str, role: str, signals: Mapping[str, str]
) -> ET.Element:
    """A bus interface whose logical signals are these ports."""
    library, bus = kind.split(":")
    interface = _sub(parent, "busInterface")
    _text(interface, "name", name)
    for element, suffix in (("busType", ""), ("abstractionType", "_rtl")):
        values = ("xilinx.com", library, bus + suffix, "1.0")
        attributes = ("vendor", "library", "name", "version")
        vlnv = {f"spirit:{key}": value for key, value in zip(attributes, values, strict=True)}
        ET.SubElement(interface, f"spirit:{element}", vlnv)
    side = _sub(interface, role)
    if bus == "aximm":
        ET.SubElement(side, "spirit:memoryMapRef", {"spirit:memoryMapRef": name})
    maps = _sub(interface, "portMaps")
    for logical, physical in signals.items():
        port_map = _sub(maps, "portMap")
        _text(_sub(port_map, "logicalPort"), "name", logical)
        _text(_sub(port_map, "physicalPort"), "name", physical)
    return interface


def _memory_maps(parent: ET.Element, design: ExportDesign) -> None:
    """Every register, from the one description."""
    memory_map = _sub(parent, "memoryMap")
    _text(memory_map, "name", "s_axil")
    block = _sub(memory_map, "addressBlock")
    _text(block, "name", "registers")
    _text(block, "baseAddress", 0)
    _text(block, "range", max(design.registers.size, 4096))
    _text(block, "width", 32)
    _text(block, "usage", "register")
    for register in design.registers.registers:
        entry = _sub(block, "register")
        _text(entry, "name", register.name)
        _text(entry, "description", register.doc)
        _text(entry, "addressOffset", f"0x{register.address:x}")
        _text(entry, "size", 32)
        _text(entry, "access", {"ro": "read-only", "wo": "write-only"}[register.access])
        if register.value is not None:
            _text(_sub(entry, "reset"), "value", f"0x{register.value:x}")
        for field in register.fields:
            part = _sub(entry, "field")
            _text(part, "name", field.name)
            _text(part, "description", field.doc)
            _text(part, "bitOffset", field.bit)
            _text(part, "bitWidth", field.width)
    _text(memory_map, "addressUnitBits", 8)


def _model_ports(parent: ET.Element, ports: Mapping[str, tuple[str, int]]) -> None:
    for name, (direction, width) in ports.items():
        port = _sub(parent, "port")
        _text(port, "name", name)
        wire = _sub(port, "wire")
        _text(wire, "direction", direction)
        if width > 1:
            vector = _sub(wire, "vector")
            _text(vector, "left", width - 1)
            _text(vector, "right", 0)
        types = _sub(_sub(wire, "wireTypeDefs"), "wireTypeDef")
        _text(types, "typeName", "wire")
        _text(types, "viewNameRef", VIEW)


def _vendor_extensions(root: ET.Element, design: ExportDesign) -> None:
    core = ET.SubElement(_sub(root, "vendorExtensions"), "xilinx:coreExtensions")
    families = ET.SubElement(core, "xilinx:supportedFamilies")
    _extensions(families, "family", FAMILIES, {"xilinx:lifeCycle": "Production"})
    _extensions(ET.SubElement(core, "xilinx:taxonomies"), "taxonomy", ["/UserIP"], {})
    _extensions(core, "displayName", [f"{design.name} (ShiftConv)"], {})
    _extensions(core, "coreRevision", ["1"], {})


def _extensions(
    parent: ET.Element, name: str, texts: Iterable[str], attributes: dict[str, str]
) -> None:
    for text in texts:
        ET.SubElement(parent, f"xilinx:{name}", attributes).text = text
