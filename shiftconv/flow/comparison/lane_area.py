"""What a product takes with weights of any codebook."""

from quant.codebook import Codebook, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.flow.synthesis.measurements import Measurement, Measurements
from shiftconv.flow.synthesis.structure_search import element_area
from shiftconv.flow.synthesis.synthesize import DspError
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.target import Target

__all__ = ["lane_area"]


def lane_area(
    codebook: Codebook, *, family: str, act_width: int, lanes: int, store: Measurements
) -> Measurement:
    """Area of a processing element for that many products a cycle, without multiplier blocks.

    Activations are signed; accumulator, handshake and the decoding of codes are in it. Shifts have
    the family's best structure; what must multiply has Booth's multipliers in LUTs.

    Raises
    ------
    DspError
        If there is a multiplier block all the same.
    ToolError
        If Yosys fails.
    """
    if any(isinstance(term.codebook, TwosComplement) for term in codebook.terms):
        structure = "booth_ternary" if family in LUT6_FAMILIES else "booth_tree"
    else:
        target = Target(family=family)
        structure = target.structure_for(codebook, ActFormat(act_width, 0, True), lanes)
    found = element_area(
        store, structure, family=family, weights=codebook.name, act_width=act_width, lanes=lanes
    )
    if found.area.dsp or found.unknown:
        raise DspError(
            f"Lanes of {codebook.name} for {family} have {found.area.dsp:g} DSP and cells of "
            f"unknown type: {', '.join(found.unknown) or 'none'}"
        )
    return found
