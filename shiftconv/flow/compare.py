"""The same engine with shifts and with multipliers, side by side."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.flow.synthesize import require_no_dsp, synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.axi_stream import AxiStreamFace

__all__ = ["compare_designs"]


def compare_designs(
    designs: Sequence[ComponentDesign],
    *,
    family: str,
    work: Path,
    on_design: Callable[[ComponentDesign], None] = lambda design: None,
) -> list[dict[str, Any]]:
    """Synthesize each design.

    Parameters
    ----------
    designs : sequence of ComponentDesign
    family : str
        Device family.
    work : Path
        Folder for Yosys' files.
    on_design : callable
        Told which design begins.

    Returns
    -------
    list of dict
        A row per design: ``family``, ``lane``, ``exponent_width`` (None for the ``vpe``),
        ``weight_bits``, ``act_width``, ``lanes``, ``lut``, ``lutram``, ``ff``, ``dsp``, ``bram``,
        ``lut_per_mac``, ``seconds``.

    Raises
    ------
    DspError
        If a design with shift lanes has a multiplier block.
    ToolError
        If Yosys fails.
    """
    rows = []
    for n, design in enumerate(designs):
        on_design(design)
        folder = work / f"{n}_{design.lane}_{design.weight_width}"
        folder.mkdir(parents=True, exist_ok=True)
        verilog = folder / "design.v"
        verilog.write_text(
            emit_verilog(AxiStreamFace(design.component()), name="design", family=family)
        )
        result = synthesize(verilog, top="design", family=family, work=folder / "synth")
        if design.lane != "vpe":
            require_no_dsp(result)
        rows.append(
            {
                "family": family,
                "lane": design.lane,
                "exponent_width": None if design.lane == "vpe" else design.weight_width,
                "weight_bits": design.codebook.code_width,
                "act_width": design.act_width,
                "lanes": design.n_lanes,
                "lut": result.area.lut,
                "lutram": result.area.lutram,
                "ff": result.area.ff,
                "dsp": result.area.dsp,
                "bram": result.area.bram,
                "lut_per_mac": round(result.area.lut / design.n_lanes, 2),
                "seconds": round(result.seconds, 1),
            }
        )
    return rows
