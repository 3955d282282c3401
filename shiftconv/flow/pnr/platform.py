"""A board's platform in Amaranth, and what it makes of a design: files and calls of tools."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boards import Board
from shiftconv.flow.pnr.board_top import BoardTop

__all__ = ["PLATFORM_TOP", "Prepared", "prepare"]

PLATFORM_TOP = "top"


@dataclass(frozen=True)
class Prepared:
    """What a platform makes of a design.

    Parameters
    ----------
    files : mapping
        Text of each file, by name: RTLIL and constraints.
    nextpnr, pack : tuple of str
        Words after the tool's name, for files in one folder.
    bitstream : str
        Name of the file that ``pack`` writes.
    """

    files: Mapping[str, str]
    nextpnr: tuple[str, ...]
    pack: tuple[str, ...]
    bitstream: str


def prepare(board: Board, top: BoardTop) -> Prepared:
    """Elaborate a design for a board with a platform, of a family with open tools."""
    platform = _platform_of(board)
    plan = platform.build(top, name=PLATFORM_TOP, do_build=False, emit_src=False)
    files = {
        name: text if isinstance(text, str) else text.decode()
        for name, text in plan.files.items()
        if name.startswith(f"{PLATFORM_TOP}.") and not name.endswith((".ys", ".debug.v"))
    }
    calls = json.loads(plan.files[f"build_{PLATFORM_TOP}.json"])["commands"]
    # Yosys comes first, then nextpnr, then the packer.
    _, nextpnr, pack = (tuple(call[1:]) for call in calls)
    bitstream = next(word for word in pack if word.endswith((".bit", ".bin", ".fs")))
    return Prepared(files, nextpnr, pack, bitstream)


def _platform_of(board: Board) -> Any:
    """A new platform."""
    assert board.platform is not None
    module, _, name = board.platform.partition(":")
    return getattr(importlib.import_module(module), name)()
