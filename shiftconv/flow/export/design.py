"""What an export is made from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from boards import Board
from shiftconv.accelerator import Accelerator
from shiftconv.flow.component_designs import COMPONENT_DESIGNS
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.gateware.host.axi_lite_face import AxiLiteFace
from shiftconv.host.packing import FrameLayout
from shiftconv.host.registers import RegisterMap, register_map

__all__ = ["ExportDesign"]


@dataclass(frozen=True)
class ExportDesign:
    """A build folder, opened for export.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
    board : Board or None
        What it is exported for.
    """

    folder: Path
    manifest: Manifest
    board: Board | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def axi_name(self) -> str:
        """Top module of the design with its registers."""
        return f"{self.name}_axi"

    @property
    def layouts(self) -> dict[str, FrameLayout]:
        """Of ``s_axis`` and ``m_axis``; a bare component has none."""
        return {port: FrameLayout(**values) for port, values in self.manifest.frames.items()}

    @cached_property
    def registers(self) -> RegisterMap:
        """With a window for each input stream but the first."""
        windows = [
            (port, self.manifest.tdata_bytes(port))
            for port in self.manifest.ports
            if port.startswith("s_axis_")
        ]
        return register_map(
            digest=self.manifest.digest, frames=self.layouts, windows=windows, counter_width=32
        )

    @property
    def family(self) -> str | None:
        """Family whose primitives the Verilog may instantiate."""
        if self.manifest.kind == "network":
            return self.manifest.parameters["target"]["family"]
        return self.manifest.parameters.get("family")

    def core(self) -> AxiStreamFace:
        """The design, not elaborated yet.

        Raises
        ------
        ManifestError
            If the folder is damaged.
        """
        if self.manifest.kind == "network":
            return Accelerator(read_plan(self.manifest, self.folder))
        design = COMPONENT_DESIGNS[self.manifest.kind].from_dict(self.manifest.parameters)
        return AxiStreamFace(design.component())

    @cached_property
    def axi_face(self) -> AxiLiteFace:
        """The design with its registers; its ports may be looked at."""
        return AxiLiteFace(self.core(), registers=self.registers)

    @cached_property
    def axi_verilog(self) -> str:
        """Verilog of :attr:`axi_face`."""
        return emit_verilog(self.axi_face, name=self.axi_name, family=self.family)
