"""Lanes, adders and accumulator of each structure."""

from amaranth.hdl import Shape

from quant.codebook import Codebook, PowerOfTwo, TwosComplement
from shiftconv.estimates.features import Features, pile
from shiftconv.estimates.parts.lanes import chain_lane_luts, lane_luts, staged_lane
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.dot_products._lane_chains import LaneChains
from shiftconv.gateware.dot_products._shift_stages import term_width
from shiftconv.gateware.dot_products._ternary_sum import TernarySum
from shiftconv.gateware.primitives.lut4 import LUT4_FAMILIES
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["SHORTEST_SHIFT_REGISTER", "adder_tree", "delay", "dot_product"]

SHORTEST_SHIFT_REGISTER = 3
"""Registers in a row that AMD's families make a LUT of."""


def delay(length: int, width: int, family: str) -> Features:
    """Registers without a reset in a row."""
    if family in LUT6_FAMILIES and length >= SHORTEST_SHIFT_REGISTER:
        return {"shift_register": width}
    return {"ff": max(0, length) * width}


def dot_product(
    structure: str,
    codebook: Codebook,
    act: Shape,
    lanes: int,
    acc_width: int,
    family: str,
    accumulates: bool,
    first_term: bool = True,
) -> Features:
    """Of a kind of :class:`shiftconv.gateware.dot_products.DotProduct`."""
    kind = DOT_PRODUCTS[structure]
    if isinstance(codebook, TwosComplement):
        return _multipliers(structure, codebook, act, lanes, acc_width)
    assert isinstance(codebook, PowerOfTwo)
    if structure == "ternary_tree":
        return _ternary_tree(codebook, act, lanes, acc_width, family)
    if issubclass(kind, LaneChains):
        return _chains(kind, codebook, act, lanes, acc_width, family, first_term)
    width = term_width(codebook, act)
    # The top bit of what has no sign is a zero with the sign on it: the one beside the term.
    if structure == "lut4_tree" and family in LUT4_FAMILIES:
        lane = {"lane": lane_luts(codebook, act.width, act.signed, family)}
    else:
        lane = {
            "plain4": width * codebook.n_shifts,
            "plain6": width * -(-codebook.n_shifts // 3),
            "plain_code": 1,
        }
    return pile(
        [
            (lane, lanes),
            ({"ff": lanes * (width + act.signed)}, 1),
            (adder_tree([width] * lanes), 1),
            (_accumulator(acc_width, accumulates), 1),
        ]
    )


def _accumulator(acc_width: int, accumulates: bool) -> Features:
    """Added up, with a one; or only the one."""
    name = "accumulator" if accumulates else "increment"
    return {"ff": acc_width, name: acc_width, "carry": acc_width}


def adder_tree(widths: list[int]) -> Features:
    """Of :class:`shiftconv.gateware.adder_tree.AdderTree`."""
    ff = adder = adders = 0
    while len(widths) > 1:
        joined = []
        for n in range(0, len(widths), 2):
            pair = widths[n : n + 2]
            width = max(pair) + len(pair) - 1
            ff += width + 1
            if len(pair) == 2:
                adder += width + 1
                adders += 1
            joined.append(width)
        widths = joined
    return {"ff": ff, "adder": adder, "adders": adders, "carry": adder}


def _chains(
    kind,
    codebook: PowerOfTwo,
    act: Shape,
    lanes: int,
    acc_width: int,
    family: str,
    waits_for_acts: bool,
) -> Features:
    """Of :class:`LaneChains`; activations wait once for all terms."""
    width = term_width(codebook, act)
    field = codebook.exponent_width
    unsigned = not act.signed and field < 2
    body = act.width + unsigned + (2 ** (field - 1) - 1 if field > 1 else 0)
    stages = chain_lane_luts(codebook, act.width, act.signed, family)
    lengths = kind.chain_lengths(lanes)
    slowest = max(max(2, length) for length in lengths)
    found: list[tuple[Features, float]] = []
    tops = []
    for length in lengths:
        ff = length * (body + 1 + (field > 1))
        waits = sum(n - 1 for n in range(2, length))
        ff += waits * (act.width * waits_for_acts + codebook.code_width)
        chained = 0
        adders = 0
        if length == 1:
            ff += width + 1
            total = width
        else:
            total = width
            for n in range(1, length):
                total = width + n.bit_length()
                ff += total
                chained += total + 1 + (total % 2 == 0 or (field > 1 and total % 2 == 0))
                adders += 1
            ff += length - 1
        top = width + (length - 1).bit_length()
        if max(2, length) < slowest:
            ff += top + 1
        tops.append(top)
        found.append(
            (
                {
                    "ff": ff,
                    "lane": stages * length + width,
                    "chained": chained,
                    "chains": adders,
                    "carry": chained,
                },
                1,
            )
        )
    widest = max(tops)
    found.append((adder_tree([widest] * len(tops)), 1))
    found.append(
        ({"ff": acc_width, "chained": acc_width + 2, "chains": 1, "carry": acc_width + 2}, 1)
    )
    return pile(found)


def _ternary_tree(codebook: PowerOfTwo, act: Shape, lanes: int, acc_width: int, family: str):
    """Of :class:`shiftconv.gateware.dot_products.ternary_tree.TernaryTree`."""
    flips = codebook.max_shift == 0
    plain = lanes // 3 if flips else 0
    luts, registers, width = staged_lane(codebook, act.width, act.signed, family)
    found: list[tuple[Features, float]] = [
        ({"lane": luts, "ff": registers}, lanes - plain),
        ({"ff": act.width + 1}, plain),
    ]
    reach = 2 ** (width - 1)
    # A register that clears for zero is none of a shift register.
    first = int(codebook.exponent_width < 3)
    found.append((_ternary_sum(lanes, (-reach, reach - 1), acc_width, first, family), 1))
    return pile(found)


def _ternary_sum(
    n_terms: int, term_range: tuple[int, int], acc_width: int, first: int, family: str
) -> Features:
    """Of :class:`TernarySum`. Values wait for their turn behind ``first`` registers of lanes."""
    srl = family in LUT6_FAMILIES
    ff = adder = adders = registers = 0
    # Each value with the registers in a row that it is behind.
    terms = [(*term_range, first)] * n_terms
    ones = [first] * n_terms

    def use(width: int, waited: int) -> None:
        nonlocal ff, registers
        if srl and waited >= SHORTEST_SHIFT_REGISTER:
            ff -= waited * width
            registers += width

    for _ in range(TernarySum.latency_of(n_terms) - 1):
        sums = []
        for _ in range(len(terms) // 3):
            operands, terms = terms[:3], terms[3:]
            taken, ones = ones[:2], ones[2:]
            for lo, hi, waited in operands:
                use(_width(lo, hi), waited)
            for waited in taken:
                use(1, waited)
            lo = sum(operand[0] for operand in operands)
            hi = sum(operand[1] for operand in operands) + len(taken)
            width = _width(lo, hi)
            ff += width
            adder += width + (len(taken) == 2)
            adders += 1
            sums.append((lo, hi, 1))
        ff += sum(_width(lo, hi) for lo, hi, _ in terms) + len(ones)
        terms = sums + [(lo, hi, waited + 1) for lo, hi, waited in terms]
        ones = [waited + 1 for waited in ones]
    for lo, hi, waited in terms:
        use(_width(lo, hi), waited)
    for waited in ones:
        use(1, waited)
    return {
        "ff": ff + acc_width,
        "ternary": adder + acc_width + len(ones) // 2,
        "ternaries": adders + 1,
        "shift_register": registers,
        "carry": adder + acc_width,
    }


def _width(lo: int, hi: int) -> int:
    """Bits of a signed number between bounds."""
    return max((~lo).bit_length() if lo < 0 else 0, hi.bit_length()) + 1


def _multipliers(structure: str, codebook: TwosComplement, act: Shape, lanes: int, acc_width: int):
    """Products in multiplier blocks, or in LUTs where the tool thinks so."""
    if structure == "dsp_cascade":
        return {"dsp_lanes": lanes, "cascades": 1}
    width = act.width + codebook.code_width
    return pile(
        [
            ({"dsp_lanes": lanes, "product_bits": act.width * codebook.code_width * lanes}, 1),
            ({"product_ff": width * lanes}, 1),
            (adder_tree([width] * lanes), 1),
            (_accumulator(acc_width, True), 1),
        ]
    )
