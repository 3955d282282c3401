"""What a build folder holds, and how the other commands find it again."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shiftconv.flow.files import OutputError
from shiftconv.gateware.axi_stream import AxiStreamFace

__all__ = ["MANIFEST", "Manifest", "ManifestError", "digest_of"]

MANIFEST = "manifest.json"
FORMAT = 3


class ManifestError(ValueError):
    """A build folder is not one, or is damaged."""


def digest_of(verilog: str) -> str:
    """SHA-256 of the Verilog, which identifies a design."""
    return hashlib.sha256(verilog.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything that the commands after ``generate`` need to know about a design.

    Parameters
    ----------
    name : str
        Of the design, its top module and its Verilog file.
    kind : str
        ``"network"``, or the kind of a bare component.
    digest : str
        SHA-256 of the Verilog.
    files : list of str
        What ``generate`` wrote.
    ports : dict
        For each AXI4-Stream port the fields of its TDATA.
    parameters : dict
        Network: ``target``, ``foldings`` and ``elements``, one per layer, and ``kinds``, one per
        memory of the plan and none for any family. Bare component: its parameters.
    board : str or None
        What it was generated for.
    cycles_per_frame, latency_cycles, macs_per_frame, lanes, memory_bits : int or None
        The plan's figures; None for what a bare component does not have.
    layers : list of dict
        Name, kind, shape, MACs, lanes, structure, folds, cycles and memory bits of every stage.
    tool_versions : dict
        Of the tools that wrote the Verilog.
    frames : dict
        Network: for ``s_axis`` and ``m_axis`` the parameters of their
        :class:`~shiftconv.host.packing.FrameLayout`.
    """

    name: str
    kind: str
    digest: str
    files: list[str]
    ports: dict[str, list[dict[str, Any]]]
    parameters: dict[str, Any]
    board: str | None
    cycles_per_frame: int | None
    latency_cycles: int | None
    macs_per_frame: int | None
    lanes: int
    memory_bits: int | None
    layers: list[dict[str, Any]]
    tool_versions: dict[str, str]
    frames: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = field(default=FORMAT)

    @staticmethod
    def describe_ports(face: AxiStreamFace) -> dict[str, list[dict[str, Any]]]:
        """Fields of every stream port, for :attr:`ports`."""
        return {port: [asdict(field) for field in fields] for port, fields in face.fields.items()}

    def to_json(self) -> str:
        """Text of the file; the same design gives the same text."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Manifest of a build folder.

        Raises
        ------
        ManifestError
            If the folder or the manifest is missing or damaged, or the Verilog was changed.
        """
        path = folder / MANIFEST
        if not folder.is_dir():
            raise ManifestError(
                f"There is no build folder {folder}; `shiftconv generate` makes one"
            )
        try:
            values = json.loads(path.read_text())
            if values.get("format") != FORMAT:
                raise ManifestError(
                    f"{path} has format {values.get('format')!r}; this version reads {FORMAT}"
                )
            manifest = cls(**values)
            verilog = manifest.verilog(folder).read_text()
        except FileNotFoundError as error:
            raise ManifestError(
                f"{folder} is not a build folder: it has no {Path(error.filename).name}"
            ) from error
        except OSError as error:
            raise OutputError(f"Cannot read {path}: {error.strerror}") from error
        except (ValueError, TypeError, AttributeError) as error:
            if isinstance(error, ManifestError):
                raise
            raise ManifestError(f"{path} is damaged; generate the design again") from error
        if digest_of(verilog) != manifest.digest:
            raise ManifestError(
                f"{manifest.verilog(folder)} was changed since it was generated; generate it again"
            )
        return manifest

    def verilog(self, folder: Path) -> Path:
        """The design's Verilog."""
        return folder / f"{self.name}.v"

    def tdata_bytes(self, port: str) -> int:
        """Bytes of a port's TDATA."""
        return sum(field["count"] * field["stride"] for field in self.ports[port]) // 8
