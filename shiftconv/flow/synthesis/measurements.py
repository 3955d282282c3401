"""Areas of designs, each synthesized once: kept under a digest of what they come from."""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from shiftconv.area import Area
from shiftconv.flow.files import output_errors, write_atomic
from shiftconv.flow.synthesis.synthesize import recipe_of, synthesize
from shiftconv.flow.tools import yosys_version

__all__ = ["Measurement", "Measurements"]


@dataclass(frozen=True)
class Measurement:
    """What a synthesis found.

    Parameters
    ----------
    area : Area
    unknown : mapping
        Cells that the area does not account for.
    recipe : tuple of str
        The Yosys commands.
    yosys_version : str
    """

    area: Area
    unknown: Mapping[str, int]
    recipe: tuple[str, ...]
    yosys_version: str


class Measurements:
    """Syntheses in a folder; one that is there already, or a long sweep's first half, is not done
    again.

    Parameters
    ----------
    folder : Path
        Made if it is missing. Another design, recipe, family or Yosys has another file in it; a
        damaged file counts as missing.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def measure(
        self, verilog: str, *, top: str, family: str, recipe: Sequence[str] | None = None
    ) -> Measurement:
        """Area of a design, given as its text.

        Raises
        ------
        ToolError
            If Yosys fails.
        OutputError
            If the folder cannot be written.
        """
        commands = recipe or recipe_of(family)
        origin = "\n".join([verilog, top, family, *commands, yosys_version()])
        path = self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"
        found = _read(path)
        if found is None:
            with output_errors(path):
                self.folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=self.folder) as name:
                    work = Path(name)
                    (work / "source.v").write_text(verilog)
                    result = synthesize(
                        work / "source.v", top=top, family=family, work=work, recipe=commands
                    )
            found = Measurement(
                result.area, dict(result.unknown), result.recipe, result.yosys_version
            )
            write_atomic(path, json.dumps(asdict(found), indent=2) + "\n")
        return found


def _read(path: Path) -> Measurement | None:
    try:
        stored = json.loads(path.read_text())
        return Measurement(
            Area(**stored["area"]),
            stored["unknown"],
            tuple(stored["recipe"]),
            stored["yosys_version"],
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
