"""The same engine with shifts and with multipliers, side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.synthesis.measurements import Measurements
from shiftconv.flow.synthesis.synthesize import DspError
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.axi_stream import AxiStreamFace

__all__ = ["compare_designs"]


def compare_designs(
    designs: Sequence[ConvDesign],
    *,
    family: str,
    store: Measurements,
    on_design: Callable[[ConvDesign], None] = lambda design: None,
    on_count: Callable[[int, int], None] = lambda n_done, n_all: None,
) -> list[dict[str, Any]]:
    """Synthesize each design.

    Parameters
    ----------
    designs : sequence of ConvDesign
    family : str
        Device family.
    store : Measurements
    on_design : callable
        Told which design begins.
    on_count : callable
        Told how many designs are done, and how many there are.

    Returns
    -------
    list of dict
        A row per design: ``family``, ``lane``, ``structure``, ``exponent_width`` (None for the
        ``vpe``), ``weight_bits``, ``act_width``, ``lanes``, ``lut``, ``lutram``, ``ff``, ``dsp``,
        ``bram``, ``lut_per_mac``, ``recipe``.

    Raises
    ------
    DspError
        If a design with shift lanes has a multiplier block.
    ToolError
        If Yosys fails.
    """
    rows = []
    for n_done, design in enumerate(designs):
        on_design(design)
        on_count(n_done, len(designs))
        engine = design.component()
        verilog = emit_verilog(AxiStreamFace(engine), name="design", family=family)
        found = store.measure(verilog, top="design", family=family)
        if design.lane != "vpe" and (found.area.dsp or found.unknown):
            raise DspError(
                f"The engine of exponent width {design.weight_width} for {family} has "
                f"{found.area.dsp:g} DSP and cells of unknown type: "
                f"{', '.join(found.unknown) or 'none'}"
            )
        rows.append(
            {
                "family": family,
                "lane": design.lane,
                "structure": engine.structure,
                "exponent_width": None if design.lane == "vpe" else design.weight_width,
                "weight_bits": design.codebook.code_width,
                "act_width": design.act_width,
                "lanes": design.n_lanes,
                "lut": found.area.lut,
                "lutram": found.area.lutram,
                "ff": found.area.ff,
                "dsp": found.area.dsp,
                "bram": found.area.bram,
                "lut_per_mac": round(found.area.lut / design.n_lanes, 2),
                "recipe": list(found.recipe),
            }
        )
    return rows
