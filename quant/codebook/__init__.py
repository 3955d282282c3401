"""Codes and levels: the only place that knows a weight's bit pattern. One file per codebook."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from quant.codebook.contract import Codebook, Term
from quant.codebook.indexed_levels import IndexedLevels
from quant.codebook.power_of_two import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.codebook.two_term import TwoTerm, apot, shift_cnn, sp2
from quant.codebook.twos_complement import TwosComplement
from quant.codebook.unequal_ranges import UnequalRanges

__all__ = [
    "MAX_EXPONENT_WIDTH",
    "Codebook",
    "IndexedLevels",
    "PowerOfTwo",
    "Term",
    "TwoTerm",
    "TwosComplement",
    "UnequalRanges",
    "apot",
    "codebook_from_name",
    "shift_cnn",
    "sp2",
]

_FROM_WORDS: Mapping[str, Callable[..., Codebook]] = MappingProxyType(
    {
        "power-of-two": PowerOfTwo.from_words,
        "twos-complement": TwosComplement.from_words,
        "unequal-ranges": UnequalRanges.from_words,
        "two-term": TwoTerm.from_words,
        "indexed-levels": IndexedLevels.from_words,
    }
)


def codebook_from_name(name: str) -> Codebook:
    """Codebook whose ``name`` this is; raises ValueError if there is none."""
    kind, *words = name.split(":")
    if kind not in _FROM_WORDS:
        raise ValueError(f"Codebook {name!r} is not known; known are {', '.join(_FROM_WORDS)}")
    try:
        return _FROM_WORDS[kind](*words)
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"Codebook {name!r} is not known: no {kind} is called so") from None
