"""For any tool that knows AXI."""

from typing import ClassVar

from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.kinds import Export
from shiftconv.flow.export.registers import register_files

__all__ = ["Axi"]


class Axi(Export):
    """The design with its frames on AXI4-Stream, its registers on AXI4-Lite, and their map."""

    kind: ClassVar[str] = "axi"
    summary: ClassVar[str] = "Verilog with AXI4-Lite registers; their map for C, Python and people"
    loads_weights: ClassVar[bool] = True

    @classmethod
    def files(cls, design: ExportDesign) -> dict[str, str]:
        return {
            f"{design.axi_name}.v": design.axi_verilog,
            **register_files(design.name, design.manifest.digest, design.registers),
        }
