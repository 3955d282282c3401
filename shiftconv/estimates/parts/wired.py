"""Dot products with weights that are wires."""

from collections.abc import Sequence
from math import exp, log, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer
from shiftconv.estimates.features import Features
from shiftconv.estimates.parts.dot_products import SHORTEST_SHIFT_REGISTER
from shiftconv.estimates.stored import stored_estimates
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.gateware.quotient import shift_add_terms

__all__ = ["Matrix", "constant_array", "graph_features", "wired_sizes"]

MOST_TERMS = 300
"""Terms of a matrix up to which its graph is made and counted; it takes too long beyond."""

Matrix = NDArray[np.int64]


def constant_array(layer: Layer, family: str) -> Features:
    """Of :class:`shiftconv.gateware.constant_array.ConstantArray`, with a layer's weights."""
    weighted: Any = layer
    levels = weighted.levels.reshape(-1, weighted.levels.shape[-1])
    operands = 3 if family in LUT6_FAMILIES else 2
    fmt = layer.in_format
    if n_terms(levels) <= MOST_TERMS:
        graph = AdderGraph.of_matrix(levels, input_width=fmt.width, operands=operands)
        return graph_features(graph, fmt.lo, fmt.hi, family)
    known = stored_estimates()["wired"][str(operands)]
    sizes = wired_sizes(levels, fmt.width + (not fmt.signed), operands)
    adders = sizes["adders"] * exp(_dot(known["adders"], sizes["sharing"]))
    bits = adders * _dot(known["bits"], sizes["widths"])
    name = "ternary" if operands == 3 else "adder"
    return {
        "wired": 1,
        "ff": bits * _dot(known["ff"], sizes["widths"]),
        name: bits,
        "adders": adders,
        "carry": bits,
    }


def n_terms(levels: Matrix) -> int:
    """Powers of two that the levels are sums of."""
    values, counts = np.unique(np.abs(levels), return_counts=True)
    return sum(
        len(shift_add_terms(int(value))) * int(count)
        for value, count in zip(values, counts, strict=True)
    )


def wired_sizes(levels: Matrix, width: int, operands: int) -> dict[str, Any]:
    """What the adders of a matrix depend on: how many there were if no sum was shared
    (``adders``), what the share that is left depends on, and what their widths do."""
    rows, columns = levels.shape
    terms = max(n_terms(levels), columns + 1)
    shifts = int(np.abs(levels).max()).bit_length()
    density = terms / levels.size
    # How often a pair of terms occurs, up to a shift and a sign.
    pairs = columns * density**2 / (2 * shifts - 1)
    return {
        "adders": (terms - columns) / (operands - 1),
        "sharing": (1, log(pairs), log(rows), log(columns), log(shifts), log(density)),
        "widths": (1, width, log2(terms / columns), shifts, log(columns)),
    }


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))


def graph_features(graph: AdderGraph, lo: int, hi: int, family: str) -> Features:
    """Of a graph whose inputs are from ``lo`` to ``hi``."""
    srl = family in LUT6_FAMILIES
    depths, latency = graph.depths(), graph.latency
    widths = [_width(*bounds) for bounds in graph.ranges(lo, hi)]
    taps: list[set[int]] = [set() for _ in depths]
    adder = ternary = 0
    for node, terms in enumerate(graph.sums, graph.n_inputs):
        for term in terms:
            taps[term.node].add(depths[node] - 1)
        width = widths[node] - terms[1].shift
        if len(terms) == 2:
            adder += width
        else:
            ternary += width + (sum(term.negative for term in terms) > 1)
    negated = 0
    for output in graph.outputs:
        if output is not None:
            taps[output.node].add(latency - output.negative)
            negated += output.negative * (widths[output.node] + 1)
    ff, registers = sum(widths[graph.n_inputs :]) + negated, 0
    for width, depth, times in zip(widths, depths, taps, strict=True):
        last = depth
        for time in sorted(times):
            wait, last = max(0, time - last), max(last, time)
            if srl and wait >= SHORTEST_SHIFT_REGISTER:
                registers += width
            else:
                ff += wait * width
    return {
        "wired": 1,
        "ff": ff + latency,
        "adder": adder,
        "ternary": ternary,
        "adders": len(graph.sums),
        "negated": negated,
        "shift_register": registers,
        "carry": adder + ternary + negated,
    }


def _width(lo: int, hi: int) -> int:
    """Bits of a signed number between bounds."""
    return 1 + max((bound if bound >= 0 else ~bound).bit_length() for bound in (lo, hi))
