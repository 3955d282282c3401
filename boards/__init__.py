"""Boards and bare devices, one module each: adding a module with a ``BOARD`` adds a board."""

import difflib
import importlib
import pkgutil

from boards.board import FAMILIES, Board, Family, Resources

__all__ = ["BOARDS", "FAMILIES", "Board", "Family", "Resources", "find_board"]


def _find_boards() -> dict[str, Board]:
    """``BOARD`` of every module of this folder, by name."""
    boards: dict[str, Board] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        board = getattr(importlib.import_module(f"{__name__}.{info.name}"), "BOARD", None)
        if board is None:
            continue
        if board.name != info.name:
            raise ValueError(f"Board {board.name!r} must stand in {board.name}.py, not {info.name}")
        boards[board.name] = board
    return boards


BOARDS = _find_boards()


def find_board(name: str) -> Board:
    """The board or device called ``name``; case, and ``-`` for ``_``, do not matter.

    Raises
    ------
    ValueError
        If there is none; the sentence offers the closest names and lists all.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if key in BOARDS:
        return BOARDS[key]
    close = difflib.get_close_matches(key, BOARDS, n=3)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise ValueError(f"There is no board {name!r}.{hint} Known are {', '.join(BOARDS)}.")
