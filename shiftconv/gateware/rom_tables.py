"""Look-up tables that hold a column of words."""

from functools import lru_cache

__all__ = ["TABLE_CELLS", "TABLE_WORDS", "tables_of_column"]

TABLE_CELLS = {
    "xcup": "amd",
    "xc7": "amd",
    "ecp5": "ecp5",
    "gowin": "gowin",
    "ice40": "ice40",
    "nexus": "nexus",
}
"""What the module ``shiftconv_rom`` builds a family's tables of."""

TABLE_WORDS = {"xcup": 64, "xc7": 64, "ecp5": 16, "gowin": 16, "ice40": 16, "nexus": 16}
"""Words that a table has a bit of."""

# Levels of multiplexers behind a family's tables that take no table themselves.
WIDE_LEVELS = {"amd": 2, "ecp5": 3, "gowin": 4, "ice40": 0, "nexus": 0}
# A LUT6 chooses one of four, which three multiplexers do.
SHARED_BY_LUT6 = 3


@lru_cache(maxsize=100_000)
def tables_of_column(depth: int, family: str) -> float:
    """Look-up tables for one bit of ``depth`` words; a half where two bits share one."""
    cells = TABLE_CELLS[family]
    if cells == "amd" and depth <= TABLE_WORDS[family] // 2:
        return 0.5
    words = 2 * TABLE_WORDS[family] if cells == "nexus" and depth > 16 else TABLE_WORDS[family]
    tables = -(-depth // words)
    chosen = _multiplexers(tables, WIDE_LEVELS[cells])
    if cells == "amd":
        return tables + -(-chosen // SHARED_BY_LUT6)
    if words == 2 * TABLE_WORDS[family]:
        # Each is two tables; a last one of few words is one.
        tables = 2 * tables - (0 < depth % words <= words // 2)
    return tables + chosen


def _multiplexers(n: int, wide: int) -> int:
    """Multiplexers among ``n`` tables that are made of tables too."""
    count, level, left = 0, 0, n
    while left > 1:
        for pair in range(left // 2):
            count += level >= wide or pair + 1 << level + 1 > n
        left = -(-left // 2)
        level += 1
    return count
