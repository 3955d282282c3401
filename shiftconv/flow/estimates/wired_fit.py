"""How many additions constant matrices share, fitted to graphs of random ones."""

from collections.abc import Callable
from typing import Any

import numpy as np

from quant.codebook import PowerOfTwo
from shiftconv.estimates.parts.wired import graph_features, n_terms, wired_sizes
from shiftconv.gateware.adder_graph import AdderGraph

__all__ = ["fit_wired"]

SEED = 17
LEAST_TERMS, MOST_TERMS = 150, 1300
FAMILY_OF = {2: "ecp5", 3: "xcup"}


def fit_wired(
    n_matrices: int, on_count: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, dict[str, list[float]]]:
    """For each number of an adder's operands, weights of what :func:`wired_sizes` gives.

    ``adders`` are of the logarithm of the share of additions that is left, ``bits`` of the bits
    of an adder, ``ff`` of the flip-flops for each such bit.
    """
    return {str(operands): _fit(operands, n_matrices, on_count) for operands in FAMILY_OF}


def _fit(operands: int, n_matrices: int, on_count) -> dict[str, list[float]]:
    rng = np.random.default_rng(SEED)
    sharing: list[Any] = []
    widths: list[Any] = []
    left: list[float] = []
    bits: list[float] = []
    ff: list[float] = []
    while len(left) < n_matrices:
        levels = _matrix(rng)
        if not LEAST_TERMS <= n_terms(levels) <= MOST_TERMS:
            continue
        width = int(rng.choice([2, 4, 8, 8, 8, 12]))
        graph = AdderGraph.of_matrix(levels, input_width=width, operands=operands)
        found = graph_features(graph, 0, 2**width - 1, FAMILY_OF[operands])
        sizes = wired_sizes(levels, width + 1, operands)
        sharing.append(sizes["sharing"])
        widths.append(sizes["widths"])
        left.append(np.log(found["adders"] / sizes["adders"]))
        bits.append((found["adder"] + found["ternary"]) / found["adders"])
        ff.append(found["ff"] / (found["adder"] + found["ternary"]))
        on_count(len(left), n_matrices)
    return {
        "adders": _solve(sharing, left),
        "bits": _solve(widths, bits),
        "ff": _solve(widths, ff),
    }


def _matrix(rng: np.random.Generator) -> np.ndarray:
    """Weights of one of the narrower codebooks."""
    shape = tuple(int(2**exponent) for exponent in rng.uniform((3, 2), (8.5, 6.5)))
    codebook = PowerOfTwo(int(rng.choice([0, 1, 1, 2, 2, 2, 3])))
    largest = int(codebook.levels.max())
    spread = rng.uniform(0.25, 0.5) if largest > 1 else rng.uniform(0.6, 1.1)
    return codebook.nearest(rng.normal(0, spread * largest, shape))


def _solve(rows: list, values: list) -> list[float]:
    found, *_ = np.linalg.lstsq(np.array(rows, float), np.array(values, float), rcond=None)
    return [round(float(value), 4) for value in found]
