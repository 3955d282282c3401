"""Features, and how those of several components add up."""

from collections.abc import Iterable, Mapping

__all__ = ["Features", "bits", "pile", "select_luts"]

Features = Mapping[str, float]


def bits(n: int) -> int:
    """Bits of a signal in ``range(n)``."""
    return max(0, (n - 1).bit_length())


def pile(parts: Iterable[tuple[Features, float]]) -> dict[str, float]:
    """Features of some times some components."""
    total: dict[str, float] = {}
    for features, times in parts:
        for name, value in features.items():
            total[name] = total.get(name, 0) + value * times
    return total


def select_luts(n: int, inputs: int) -> int:
    """LUTs of so many inputs for one bit out of ``n``, selected by a binary number."""
    # A LUT6 takes four of them with both selects, a LUT4 two with one.
    step = 4 if inputs == 6 else 2
    luts = 0
    while n > 1:
        groups, rest = divmod(n, step)
        luts += groups + (rest > 1)
        n = groups + (rest > 0)
    return luts
