"""Processing elements: decoders, dot products, marks."""

import numpy as np
from amaranth.hdl import Shape

from quant.codebook import Codebook, Term
from shiftconv.estimates.features import Features, pile
from shiftconv.estimates.parts.dot_products import delay, dot_product
from shiftconv.gateware.dot_product import dot_product_latency
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["marks", "processing_element"]


def processing_element(
    structure: str,
    codebook: Codebook,
    act: Shape,
    lanes: int,
    acc_width: int,
    alive: float,
    whole: bool,
    family: str,
) -> Features:
    """Of :class:`shiftconv.gateware.processing_element.ProcessingElement`.

    Its windows come ``whole`` or in several folds.
    A share of its lanes has a weight other than zero in some fold; synthesis removes the others.
    """
    inputs = 6 if family in LUT6_FAMILIES else 4
    latency = dot_product_latency(structure, codebook, lanes)
    lanes = max(1, round(lanes * alive))
    found = [(marks(latency, family, whole=whole), 1)]
    if len(codebook.terms) == 1:
        (term,) = codebook.terms
        own = dot_product(structure, term.codebook, act, lanes, acc_width, family, True)
        found.append((own, 1))
    else:
        found.append((_sum_of_terms(structure, codebook, act, lanes, acc_width, family), 1))
    if codebook.terms != (Term(codebook, 0),):
        found.append(({"decoder": _decoder_luts(codebook, inputs)}, lanes))
    return pile(found)


def _sum_of_terms(
    structure: str, codebook: Codebook, act: Shape, lanes: int, acc_width: int, family: str
) -> Features:
    """A dot product for each term, their sum, and the accumulator."""
    kind = DOT_PRODUCTS[structure]
    latencies = [kind.latency_of(term.codebook, lanes) for term in codebook.terms]
    found: list[tuple[Features, float]] = []
    reach = 0
    for n, (term, latency) in enumerate(zip(codebook.terms, latencies, strict=True)):
        largest = lanes * int(abs(term.codebook.levels).max()) << act.width
        width = largest.bit_length() + 1
        own = dot_product(structure, term.codebook, act, lanes, width, family, False, n == 0)
        found += [(own, 1), (delay(max(latencies) - latency, width, family), 1)]
        reach = max(reach, width + term.offset)
    adders = min(reach + 1, acc_width) + acc_width
    found.append(({"ff": adders, "adder": adders, "adders": 2, "carry": adders}, 1))
    return pile(found)


def marks(latency: int, family: str, *, whole: bool) -> Features:
    """What travels beside a fold: whether it is one, and its window's first or last, which each
    one is if windows come whole."""
    waiting = delay(latency - 1, 1 if whole else 2, family)
    return pile([({"ff": latency + (not whole), "elements": 1}, 1), (waiting, 1)])


def _decoder_luts(codebook: Codebook, inputs: int) -> float:
    """LUTs between a code and its terms' codes."""
    table = codebook.term_codes(np.arange(2**codebook.code_width))
    luts = 0.0
    for n, term in enumerate(codebook.terms):
        for bit in range(term.codebook.code_width):
            used = _used_inputs(table[:, n] >> bit & 1)
            luts += used > 1 if used <= inputs else 2.0 ** (used - inputs) * 1.5
    return luts


def _used_inputs(column) -> int:
    """Bits of the code that a bit of a table depends on; 0 where it is a wire."""
    n_bits = len(column).bit_length() - 1
    cube = column.reshape((2,) * n_bits)
    used = sum(bool((cube.take(0, axis) != cube.take(1, axis)).any()) for axis in range(n_bits))
    values = [int(v) for v in column]
    wire = any(values == [n >> b & 1 for n in range(len(values))] for b in range(n_bits))
    return 0 if wire else used
