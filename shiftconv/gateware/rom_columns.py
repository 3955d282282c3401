"""Contents of a memory, bit by bit."""

from collections.abc import Sequence

from amaranth.hdl import Const

from shiftconv.gateware.rom_tables import TABLE_WORDS

__all__ = ["columns_of", "distinct_columns", "is_irregular", "shared_tables"]

LEAST_SHARE = 0.4
"""Of tables that differ, in contents that do not repeat themselves."""


def columns_of(words: Sequence[int], width: int) -> list[int]:
    """The bits of a place in all words, for each place; the first word's bit is lowest."""
    # Each word's digits, the lowest first, side by side.
    digits = [f"{word:0{width}b}"[::-1] for word in reversed(words)]
    return [int("".join(column), 2) for column in zip(*digits, strict=True)]


def distinct_columns(words: Sequence[int], width: int) -> tuple[list[int], list[int | Const]]:
    """Columns that are not constant, none twice, and for each place which of them it is, or what
    constant."""
    always = {0: Const(0, 1), 2 ** len(words) - 1: Const(1, 1)}
    places = [always.get(column, column) for column in columns_of(words, width)]
    columns = list(dict.fromkeys(place for place in places if isinstance(place, int)))
    index = {column: n for n, column in enumerate(columns)}
    return columns, [index[p] if isinstance(p, int) else p for p in places]


def is_irregular(words: Sequence[int], family: str) -> bool:
    """Whether most tables of these words differ: then hardly any are spared by sharing them."""
    size = TABLE_WORDS[family]
    if len(words) <= size:
        return True
    columns, _ = distinct_columns(words, max(words).bit_length())
    n_tables = len(columns) * -(-len(words) // size)
    return len(_parts(columns, len(words), size)) > LEAST_SHARE * n_tables


def shared_tables(words: Sequence[int], family: str) -> tuple[int, int]:
    """Tables that differ in contents that repeat themselves, and multiplexers behind them that do.

    A part of a column that is the complement of another is none of its own.
    """
    columns, _ = distinct_columns(words, max(words).bit_length())
    size = TABLE_WORDS[family]
    tables = len(_parts(columns, len(words), size))
    multiplexers = 0
    while size < len(words):
        size *= 2
        half = size // 2
        parts = _parts(columns, len(words), size)
        multiplexers += sum(part >> half != part & (1 << half) - 1 for part in parts)
    return tables, multiplexers


def _parts(columns: Sequence[int], depth: int, size: int) -> set[int]:
    """What columns hold in aligned parts of ``size`` words, without constants and complements; the
    last word fills the last part."""
    ones = (1 << size) - 1
    filled = [
        column | (-(column >> depth - 1) & ((1 << -depth % size) - 1)) << depth
        for column in columns
    ]
    parts = {column >> n & ones for column in filled for n in range(0, depth, size)}
    return {min(part, part ^ ones) for part in parts} - {0}
