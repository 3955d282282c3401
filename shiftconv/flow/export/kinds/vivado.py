"""A Vivado project with DMA, and a PYNQ driver, for boards with a processor."""

from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

from shiftconv import __version__
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.ip_xact import component_xml
from shiftconv.flow.export.kinds import Export, ExportError
from shiftconv.flow.export.registers import register_files
from shiftconv.flow.export.templates import render

__all__ = ["PROCESSORS", "Vivado"]

MAX_STREAM_BYTES = 128


@dataclass(frozen=True)
class Processor:
    """What Vivado must know of a board.

    Parameters
    ----------
    part : str
        In Vivado's spelling.
    board_part : str
        Pattern of the board's files; without them the processor keeps Vivado's presets.
    system : str
        ``"ps8"`` or ``"ps7"``.
    clock_mhz : int
        That is asked of the processor for the logic.
    led : str or None
        Pin of a lamp for ``frame_error``, 3.3 V.
    source : str
        Where the pin is documented.
    """

    part: str
    board_part: str
    system: str
    clock_mhz: int
    led: str | None
    source: str


PROCESSORS = {
    "zcu102": Processor(
        "xczu9eg-ffvb1156-2-e", "xilinx.com:zcu102:part0:*", "ps8", 100, "AG14", "AMD UG1182"
    ),
    "kv260": Processor(
        "xck26-sfvc784-2LV-c", "xilinx.com:kv260_som:part0:*", "ps8", 100, None, "AMD UG1089"
    ),
    "pynq_z2": Processor(
        "xc7z020clg400-1", "tul.com.tw:pynq-z2:part0:*", "ps7", 100, "R14", "TUL PYNQ-Z2 manual"
    ),
}


class Vivado(Export):
    """Tcl that builds a block design with DMA, the IP that it uses, constraints, a PYNQ driver."""

    kind: ClassVar[str] = "vivado"
    summary: ClassVar[str] = f"Vivado project with DMA, PYNQ driver: {', '.join(PROCESSORS)}"

    @classmethod
    def files(cls, design: ExportDesign) -> dict[str, str]:
        if design.board is None or design.board.name not in PROCESSORS:
            named = f", not {design.board.name}" if design.board else ""
            raise ExportError(f"A Vivado project is for one of {', '.join(PROCESSORS)}{named}")
        if not design.layouts:
            raise ExportError(
                f"A Vivado project is for a network with frames; {design.folder} holds none "
                "(export it with --to axi)"
            )
        name = design.name
        values = {
            "name": name,
            "axi_name": design.axi_name,
            "version": __version__,
            "board": design.board,
            "processor": PROCESSORS[design.board.name],
            "frame_in": design.layouts["s_axis"],
            "frame_out": design.layouts["m_axis"],
            "dma_in": _dma_bytes(design, "s_axis"),
            "dma_out": _dma_bytes(design, "m_axis"),
        }
        verilog = f"{design.axi_name}.v"
        packing = files("shiftconv.host").joinpath("packing.py").read_text()
        return {
            "build.tcl": render("vivado.tcl.jinja", **values),
            f"{name}.xdc": render("vivado.xdc.jinja", **values),
            "README.md": render("vivado.md.jinja", **values),
            f"ip/{verilog}": design.axi_verilog,
            "ip/component.xml": component_xml(design, verilog),
            f"{name}_pynq.py": render("pynq.py.jinja", **values),
            f"{name}_packing.py": packing,
            **register_files(name, design.manifest.digest, design.registers),
        }


def _dma_bytes(design: ExportDesign, port: str) -> int:
    """Bytes of the DMA's stream beside a port: the next power of two."""
    n_bytes = design.manifest.tdata_bytes(port)
    if n_bytes > MAX_STREAM_BYTES:
        raise ExportError(
            f"AXI DMA moves at most {MAX_STREAM_BYTES} bytes a beat; {port} of {design.name} has "
            f"{n_bytes}"
        )
    return 1 << (n_bytes - 1).bit_length()
