"""For systems that LiteX builds, and for Wishbone through it."""

from typing import ClassVar

from shiftconv import __version__
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.kinds import Export, ExportError
from shiftconv.flow.export.registers import register_files
from shiftconv.flow.export.templates import render

__all__ = ["Litex"]


class Litex(Export):
    """Verilog with its registers, and LiteX modules around it: streams, both buses, DMA."""

    kind: ClassVar[str] = "litex"
    summary: ClassVar[str] = "LiteX modules: streams, AXI4-Lite or Wishbone, DMA"

    @classmethod
    def files(cls, design: ExportDesign) -> dict[str, str]:
        if not design.layouts:
            raise ExportError(
                f"A LiteX module is for a network with frames; {design.folder} holds none "
                "(export it with --to axi)"
            )
        name = design.name
        module = render(
            "litex.py.jinja",
            name=name,
            axi_name=design.axi_name,
            version=__version__,
            address_width=design.axi_face.address_width,
            frame_in=design.layouts["s_axis"],
            frame_out=design.layouts["m_axis"],
        )
        return {
            f"{name}_litex.py": module,
            f"{design.axi_name}.v": design.axi_verilog,
            **register_files(name, design.manifest.digest, design.registers),
        }
