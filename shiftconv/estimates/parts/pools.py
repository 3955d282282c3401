"""Largest values and sums of windows and images."""

from amaranth.hdl import Shape

from quant.codebook import PowerOfTwo
from shiftconv.estimates.features import Features, bits, pile
from shiftconv.estimates.parts.dot_products import adder_tree
from shiftconv.estimates.parts.products import marks
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.dot_product import dot_product_latency

__all__ = ["channel_sum", "fill", "image_sum", "maximum"]

ONES = PowerOfTwo(0)


def fill(n_values: int) -> Features:
    """Padding that is not zero: a bit of each value."""
    return {"fill": n_values}


def maximum(width: int, values: int, folds: int) -> Features:
    """One channel of :class:`shiftconv.gateware.max_pool.MaxPool`."""
    return {
        "ff": width,
        "compare": (values - 1) * width,
        "compare_last": width if folds > 1 else 0,
        "maxima": values,
        "carry": values * width,
    }


def channel_sum(act: Shape, values: int, folds: int, sum_width: int, family: str) -> Features:
    """One channel of :class:`shiftconv.gateware.channel_sums.ChannelSums` with weights of 1."""
    width = act.width + (not act.signed)
    tree = adder_tree([width] * values)
    # The ones are all zero, and those adders have one bit less.
    nodes, n = 0, values
    while n > 1:
        n = (n + 1) // 2
        nodes += n
    return pile(
        [
            (marks(dot_product_latency("tree", ONES, values), family, whole=folds == 1), 1),
            ({"ff": values * act.width + tree["ff"] - nodes}, 1),
            (
                {
                    "adder": tree["adder"] - tree["adders"],
                    "adders": tree["adders"],
                    "carry": tree["carry"],
                },
                1,
            ),
            (
                {"ff": sum_width, "accumulator": sum_width if folds > 1 else 0, "carry": sum_width},
                1,
            ),
        ]
    )


def image_sum(width: int, sum_width: int, par: int, channels: int, n_pixels: int) -> Features:
    """Of :class:`shiftconv.gateware.global_average_pool.GlobalAveragePool`, but its quotients."""
    groups = n_beats(channels, par)
    group, pixel = bits(groups), bits(n_pixels)
    return {
        "ff": 2 * group + pixel + 3 + par * width + (par * sum_width if groups == 1 else 0),
        "counter": group + pixel,
        "counters": (group > 0) + (pixel > 0),
        "image_sum": par * sum_width,
        "carry": par * sum_width + sum(n for n in (group, pixel) if n > 3),
    }
