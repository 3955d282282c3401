"""A constant matrix times a vector with few additions: common subexpressions are summed once."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["AdderGraph", "Sum", "Term"]

IntArray = NDArray[np.int64]
Pair = tuple[int, int, int, bool]

MAX_PAIRS = 400_000
"""Pairs of terms that one search for subexpressions looks at; more are searched in blocks."""


class Term(NamedTuple):
    """A node's value, shifted to the left, perhaps negated.

    Parameters
    ----------
    node : int
    shift : int
        Bits, at least 0.
    negative : bool
    """

    node: int
    shift: int
    negative: bool

    def of(self, value):
        """The term, given its node's value."""
        return -(value << self.shift) if self.negative else value << self.shift


Sum = tuple[Term, ...]
"""What a node adds up: two terms or three, by ascending shift, the first one as it is."""


@dataclass(frozen=True)
class AdderGraph:
    """Sums of a few terms each, from the inputs to ``matrix.T @ inputs``.

    Parameters
    ----------
    n_inputs : int
        The first nodes.
    sums : tuple of Sum
        The other nodes, each after those that it adds up.
    outputs : tuple of Term or None
        One per column of the matrix; None for a column of zeros.

    Notes
    -----
    Terms of the columns' sums are paired greedily: of the pairs that occur more than once, up to a
    common shift and sign, the one that saves most adder bits becomes a sum of its own (Hartley,
    IEEE TCAS-II 43(10), 1996; between columns as Potkonjak et al., IEEE TCAD 15(2), 1996). What is
    left of a column is summed from the shallowest and narrowest terms up. Levels are written in
    signed digits without neighbours, so that a power of two is one term, and zeros cost nothing.
    """

    n_inputs: int
    sums: tuple[Sum, ...]
    outputs: tuple[Term | None, ...]

    @classmethod
    def of_matrix(cls, matrix: IntArray, *, input_width: int, operands: int = 2) -> "AdderGraph":
        """Graph of a matrix.

        Parameters
        ----------
        matrix : ndarray of int64, shape (inputs, outputs)
        input_width : int
            Bits of an input, for choosing the sums that save most.
        operands : {2, 3}
            Terms that an adder takes at once.
        """
        builder = _Builder(matrix.shape[0], input_width, operands)
        columns = [dict.fromkeys(_terms(column)) for column in np.asarray(matrix).T.tolist()]
        for block in _blocks(columns, matrix.shape[0]):
            builder.share(block)
            for column, part in zip(columns, block, strict=True):
                column.update(part)
        outputs = tuple(builder.sum_up(column) for column in columns)
        return cls(matrix.shape[0], tuple(builder.sums), outputs)

    def compute(self, inputs: IntArray) -> IntArray:
        """Outputs for given inputs.

        Parameters
        ----------
        inputs : ndarray of int64, shape (..., inputs)

        Returns
        -------
        ndarray of int64, shape (..., outputs)
        """
        nodes = list(np.moveaxis(np.asarray(inputs, np.int64), -1, 0))
        for each in self.sums:
            nodes.append(sum(term.of(nodes[term.node]) for term in each))
        zero = np.zeros(np.shape(inputs)[:-1], np.int64)
        return np.stack([zero if o is None else o.of(nodes[o.node]) for o in self.outputs], -1)

    def ranges(self, lo: int, hi: int) -> list[tuple[int, int]]:
        """Least and greatest value of every node, for inputs from ``lo`` to ``hi``.

        Exact for each input's contribution: what a node's inputs add up to, each at its extreme.
        """
        weights: list[Counter[int]] = [Counter({n: 1}) for n in range(self.n_inputs)]
        for each in self.sums:
            total: Counter[int] = Counter()
            for term in each:
                for node, weight in weights[term.node].items():
                    total[node] += term.of(weight)
            weights.append(total)
        return [
            (
                sum(w * (lo if w > 0 else hi) for w in weight.values()),
                sum(w * (hi if w > 0 else lo) for w in weight.values()),
            )
            for weight in weights
        ]

    def depths(self) -> list[int]:
        """Additions on the longest way from an input to each node."""
        depths = [0] * self.n_inputs
        for each in self.sums:
            depths.append(1 + max(depths[term.node] for term in each))
        return depths

    @property
    def latency(self) -> int:
        """Registers on the longest way, behind adders and negated outputs; at least 1."""
        depths = self.depths()
        used = [output for output in self.outputs if output is not None]
        return max([1, *(depths[output.node] + output.negative for output in used)])

    @staticmethod
    def least_latency(matrix: IntArray, *, operands: int = 2) -> int:
        """No more than the latency of a matrix's graph, at once: as many levels of adders as the
        column with most inputs needs."""
        inputs, levels = int(np.count_nonzero(matrix, axis=0).max()), 0
        while operands**levels < inputs:
            levels += 1
        return max(1, levels)


def _terms(column: Iterable[int]) -> Iterator[Term]:
    """Terms of one column: node, shift, sign, in signed digits of which no two are neighbours."""
    for node, level in enumerate(column):
        rest, shift = abs(level), 0
        while rest:
            if rest & 1:
                digit = 2 - (rest & 3)
                yield Term(node, shift, (digit < 0) != (level < 0))
                rest -= digit
            rest >>= 1
            shift += 1


def _blocks(columns: list[dict[Term, None]], n_inputs: int) -> Iterator[list[dict[Term, None]]]:
    """The columns' terms, cut by input into blocks that a search can look at; takes them out."""
    n_terms = max(1, sum(map(len, columns)))
    pairs = n_terms**2 / max(1, len(columns)) / 2
    n_blocks = max(1, round(pairs / MAX_PAIRS))
    step = max(1, -(-n_inputs // n_blocks))
    whole = [list(column) for column in columns]
    for column in columns:
        column.clear()
    for start in range(0, n_inputs, step):
        yield [{term: None for term in terms if start <= term[0] < start + step} for terms in whole]


def _pair(a: Term, b: Term) -> Pair:
    """What two terms have in common with others up to a shift and a sign."""
    if a[:2] > b[:2]:
        a, b = b, a
    return a.node, b.node, b.shift - a.shift, a.negative != b.negative


class _Builder:
    """Sums so far; depth and bits of every node, the bits at most one too many for each sum."""

    def __init__(self, n_inputs: int, input_width: int, operands: int):
        self.operands = operands
        self.sums: list[Sum] = []
        self.depths = [0] * n_inputs
        self.bits = [input_width] * n_inputs

    def add(self, *terms: Term) -> Term:
        """A new sum; the term that stands for all."""
        # By shift; of those alike a positive one first, so that signs vanish.
        terms = tuple(sorted(terms, key=lambda term: (term.shift, term.negative)))
        _, base, negative = terms[0]
        self.sums.append(tuple(Term(n, s - base, sign != negative) for n, s, sign in terms))
        self.depths.append(1 + max(self.depths[term.node] for term in terms))
        widest = max(self.bits[term.node] + term.shift - base for term in terms)
        self.bits.append(widest + (len(terms) - 1).bit_length())
        return Term(len(self.depths) - 1, base, negative)

    def share(self, columns: list[dict[Term, None]]) -> None:
        """Replace pairs of terms that occur more than once by sums, the most frequent first."""
        counts: Counter[Pair] = Counter()
        where: defaultdict[int, set[int]] = defaultdict(set)
        for n, column in enumerate(columns):
            terms = list(column)
            for at, a in enumerate(terms):
                where[a.node].add(n)
                counts.update(_pair(a, b) for b in terms[:at])
        heap = [
            (-self._gain(pair, count), pair)
            for pair, count in counts.items()
            if count >= self.operands
        ]
        heapq.heapify(heap)
        while heap:
            gain, pair = heapq.heappop(heap)
            present = self._gain(pair, counts[pair])
            if -gain == present:
                for new in self._replace(columns, pair, counts, where):
                    if counts[new] >= self.operands:
                        heapq.heappush(heap, (-self._gain(new, counts[new]), new))
            elif counts[pair] >= self.operands:
                heapq.heappush(heap, (-present, pair))

    def _gain(self, pair: Pair, count: int) -> int:
        """Adder bits saved when a pair that occurs so often is summed once, times a constant.

        One term less in a sum saves one of the ``operands - 1`` terms that an adder takes away.
        """
        left, right, distance, _ = pair
        low, high = (left, right) if distance >= 0 else (right, left)
        bits = max(self.bits[low] - abs(distance), self.bits[high]) + 1
        return (count - self.operands + 1) * bits

    def _replace(self, columns, pair: Pair, counts: Counter, where) -> set[Pair]:
        """Put one sum in place of a pair wherever it occurs; pairs that have become more."""
        left, right, distance, differ = pair
        shared: Term | None = None
        more: set[Pair] = set()
        for n in sorted(where[left] & where[right]):
            column = columns[n]
            for a in [term for term in column if term.node == left]:
                b = Term(right, a.shift + distance, a.negative != differ)
                if a not in column or b not in column:
                    continue
                for gone in (a, b):
                    del column[gone]
                    for other in column:
                        counts[_pair(gone, other)] -= 1
                counts[pair] -= 1
                if shared is None:
                    # The pair at its least shift; each column shifts and negates the sum.
                    base = min(a.shift, b.shift)
                    low, high = (
                        Term(a.node, a.shift - base, False),
                        Term(b.node, b.shift - base, differ),
                    )
                    shared = self.add(low, high)
                new = Term(shared.node, min(a.shift, b.shift), a.negative != shared.negative)
                for other in column:
                    key = _pair(new, other)
                    counts[key] += 1
                    more.add(key)
                column[new] = None
                where[shared.node].add(n)
        counts[pair] = 0
        return more

    def sum_up(self, column: Iterable[Term]) -> Term | None:
        """One term for all of a column's, the shallowest and narrowest added first."""

        def rank(term: Term) -> tuple[int, int, Term]:
            return self.depths[term.node], self.bits[term.node] + term.shift, term

        heap = [rank(term) for term in column]
        heapq.heapify(heap)
        while len(heap) > 1:
            # The first sum takes what is over, so that the last one is full.
            n_taken = 2 if len(heap) % 2 == 0 else self.operands
            taken = [heapq.heappop(heap)[2] for _ in range(n_taken)]
            heapq.heappush(heap, rank(self.add(*taken)))
        return heap[0][2] if heap else None
