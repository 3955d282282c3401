"""From accumulators to activations: shifts, rounding, means, widths."""

from math import gcd

from quant.fixed_point import ActFormat
from shiftconv.estimates.features import Features, bits, pile
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.quotient import Reciprocal, shift_add_terms

__all__ = ["bias", "constant_multiple", "quotient", "requantize", "width_adapter"]


def bias(acc_width: int, shift_width: int, constant: bool) -> Features:
    """One channel's sum with its bias in :class:`shiftconv.gateware.epilogue.Epilogue`."""
    return {
        "ff": acc_width + shift_width,
        "constant_bias" if constant else "bias": acc_width,
        "carry": acc_width,
    }


def requantize(acc_width: int, out: ActFormat, shift_min: int, shift_max: int) -> Features:
    """Of :class:`shiftconv.gateware.requantize.Requantize`."""
    stages = (shift_max - shift_min).bit_length()
    if shift_min <= 0:
        kept, dropped = acc_width + 1 - shift_min, 0
        constant = 0 if stages else 1 - shift_min
    else:
        dropped = min(shift_min - 1, acc_width)
        kept, constant = max(2, acc_width - shift_min + 1), 0
    # What is never shifted to the right is never rounded.
    rounded = min(kept, acc_width) if shift_max > 0 else 0
    # Higher bits of a format that is wider than the sum never differ.
    width = min(out.width, kept)
    return {
        "ff": kept - constant + bool(dropped or stages) + 2 + width,
        "shift4": stages * kept,
        "shift6": (stages + 1) // 2 * kept,
        "sticky": dropped + (2**stages - 1 if stages else 0),
        "round": rounded,
        "above": max(0, kept - 1 - (out.width - out.signed)),
        f"clamp_{'signed' if out.signed else 'unsigned'}{'' if rounded else '_alone'}": width,
        "carry": rounded,
    }


def quotient(lo: int, hi: int, divisors: tuple[int, ...], width: int) -> Features:
    """Of :class:`shiftconv.gateware.quotient.Quotient`, of whose result ``width`` bits are used."""
    ff, raised = bits(len(divisors)) + 2 + width, 0
    adders, rows = 0, 0
    for divisor in divisors:
        offset = -(-max(0, -lo) // divisor) + 1
        largest = 2 * hi + divisor + 2 * divisor * offset
        # Twice the sum plus a constant: the lowest bit is a constant.
        doubled = largest.bit_length() - 1
        held = (largest // (2 * divisor)).bit_length()
        raised += doubled
        ff += doubled
        if divisor & (divisor - 1) == 0:
            # The quotient is the upper bits.
            continue
        reciprocal = Reciprocal(2 * divisor, largest)
        ff += held
        for factor, factor_width in ((reciprocal.factor, doubled), (2 * divisor, held)):
            own_adders, own_rows = constant_multiple(factor, factor_width)
            adders, rows = adders + own_adders, rows + own_rows
    return {
        "ff": ff,
        "raised": raised,
        "product_adder": adders,
        "product": rows,
        "quotients": len(divisors),
        "quotient": width * len(divisors),
        "carry": raised + rows,
    }


def constant_multiple(factor: int, width: int) -> tuple[int, int]:
    """A number of so many bits times a constant: full adders that leave two rows of its multiples,
    and bits of the sum of those."""
    terms = shift_add_terms(factor)
    if len(terms) == 1:
        return 0, 0
    top = terms[-1][1] + width
    adders = row = carries = 0
    for column in range(terms[0][1], top):
        height = carries + sum(shift <= column < shift + width for _, shift in terms)
        carries = max(0, (height - 1) // 2)
        adders += carries
        row += row > 0 or height - 2 * carries > 1
    return adders, row + carries


def width_adapter(
    width: int, channels: int, before: int, after: int, marked: bool
) -> dict[str, float]:
    """Of :class:`shiftconv.gateware.width_adapter.WidthAdapter`; ``marked`` if frames' last beats
    are."""
    if before == after:
        return {}
    if before % after == 0:
        return _narrow(width, channels, before, after, marked)
    if after % before == 0:
        return _widen(width, channels, before, after, marked)
    unit = gcd(before, after)
    return pile(
        [
            (_narrow(width, channels, before, unit, marked), 1),
            (_widen(width, channels, unit, after, marked), 1),
        ]
    )


def _narrow(width, channels, before, after, marked) -> dict[str, float]:
    index, left = bits(n_beats(channels, before)), bits(before // after + 1)
    return {
        "narrow": 1,
        "ff": before * width + marked + left + index,
        "counter": left + index,
        "counters": 2 if index else 1,
        "moved": (before - after) * width,
    }


def _widen(width, channels, before, after, marked) -> dict[str, float]:
    slot, index = bits(after // before), bits(n_beats(channels, before))
    return {
        "widen": 1,
        "ff": after * width + marked + 1 + slot + index,
        "counter": slot + index,
        "counters": 2 if index else 1,
        "places": after // before,
        "kept": after * width,
    }
