"""What is known of coefficients before any synthesis: LUTs for one unit of a feature.

A fit stays near these where samples say nothing.
"""

from collections.abc import Mapping

from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["CERTAIN", "priors"]

# A counter's bit is an adder's and, in part, a comparison's; what is stored has an enable and
# needs no LUT; what is chosen among several is counted in LUTs of six or four inputs.
_LUTS: Mapping[str, float] = {
    "stage.conv2d": 5,
    "stage.depthwise_conv2d": 5,
    "stage.max_pool": 5,
    "stage.average_pool": 5,
    "stage.global_average_pool": 5,
    "stage.add": 5,
    "stage.concat": 5,
    "stage.channel_slice": 5,
    "stage.look_up": 5,
    "stage.upsample": 10,
    "counter": 1.2,
    "counters": 2,
    "walk": 1.5,
    "walk_starts": 1.5,
    "idle": 1,
    "line_buffers": 10,
    "address": 2,
    "bank_address": 1.3,
    "rows": 0.5,
    "row_bits": 0.3,
    "row_address": 0.7,
    "unusual": 1,
    "pad": 0.03,
    "bare_pad": 1,
    "sliders": 10,
    "masks": 0.5,
    "window": 0.03,
    "stores": 5,
    "words": 1,
    "stored": 0.02,
    "sticky": 0.25,
    "round": 0.8,
    "above": 0.4,
    "clamp_signed": 1,
    "clamp_signed_alone": 1,
    "clamp_unsigned": 0.5,
    "clamp_unsigned_alone": 0.7,
    "raised": 1,
    "product": 1,
    "product_adder": 2,
    "quotient": 2,
    "quotients": 4,
    "narrow": 3,
    "moved": 1,
    "widen": 3,
    "places": 1,
    "kept": 0.03,
    "bias": 1,
    "constant_bias": 0.9,
    "elements": 2,
    "shift_register": 1,
    "lane": 1,
    "plain_code": 1,
    "adder": 1,
    "adders": 0.5,
    "accumulator": 1.5,
    "increment": 0.6,
    "chained": 1,
    "chains": 0.3,
    "ternary": 1,
    "ternaries": 0.5,
    "decoder": 0.8,
    "dsp_lanes": 0.5,
    "product_bits": 0.1,
    "negated": 1,
    "wired": 3,
    "compare": 1.7,
    "compare_last": 1,
    "maxima": 1,
    "fill": 1,
    "image_sum": 1.3,
    "buffer": 1,
    "buffers": 3,
    "forks": 3,
    "queues": 8,
    "guard": 0.5,
    "shells": 10,
    "rom": 1,
    "shared": 1,
    "shared_choice": 0.7,
    "choice": 1,
    "lutram": 1,
}
CERTAIN = ("chained", "lane", "lutram", "rom", "shift_register", "ternary")
"""Features that are cells of the description, or counts of cells."""

_SELECTIONS = ("choice", "plain", "rotate", "shift")


def priors(resource: str, family: str) -> dict[str, float]:
    """For each feature that a resource may depend on, what one unit is expected to take."""
    match resource:
        case "lut":
            inputs = 6 if family in LUT6_FAMILIES else 4
            selections = {f"{name}{inputs}": 1.0 for name in _SELECTIONS}
            return {**_LUTS, **selections}
        case "ff":
            # Multiplier blocks of some families have registers of their own.
            return {"ff": 1.0, "product_ff": 0.05 if family in ("ice40", "xc7") else 1.0}
        case "carry":
            return {"carry": 1.0, "adders": 1.0, "ternaries": 1.0, "counters": 1.0}
        case _:
            return {"dsp_lanes": 1.0}
