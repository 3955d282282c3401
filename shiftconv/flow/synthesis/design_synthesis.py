"""Synthesize a build folder's design, stage by stage."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from boards import Board
from shiftconv.flow.energy.parts import part_modules
from shiftconv.flow.manifest import Manifest, digest_of
from shiftconv.flow.synthesis.area import utilization
from shiftconv.flow.synthesis.synthesize import (
    SynthesisResult,
    recipe_of,
    require_no_dsp,
    synthesize,
)
from shiftconv.flow.tools import yosys_version
from shiftconv.gateware.dot_products import DOT_PRODUCTS

__all__ = ["has_multiplier", "netlist_of", "synth_design", "synthesis_rows"]


def has_multiplier(manifest: Manifest) -> bool:
    """Whether the design, or a stage of it, is the baseline with multipliers."""
    structures = [layer["structure"] for layer in manifest.layers if layer["structure"]]
    lanes = {DOT_PRODUCTS[structure].lane for structure in structures}
    return "vpe" in {*lanes, manifest.parameters.get("lane")}


def synth_design(
    folder: Path,
    manifest: Manifest,
    *,
    family: str,
    parts: bool = False,
    on_share: Callable[[float], None] = lambda share: None,
) -> SynthesisResult:
    """LUT, FF, DSP and BRAM of a design, per stage and in all; its netlist stays in the folder.

    With ``parts`` those of a stage that have a role of their own stay modules too. ``on_share`` is
    told how much is done, from 0 to 1.

    Raises
    ------
    DspError
        If a design without multipliers has a multiplier block.
    ToolError
        If Yosys fails.
    """
    work = folder / "synth"
    netlist = _netlist_path(folder, manifest, family, parts)
    stages = [f"core.{layer['name']}" for layer in manifest.layers]
    if parts:
        stages += part_modules(manifest.verilog(folder).read_text(), manifest.name)
    for old in work.glob(f"{_prefix(family, parts)}.*"):
        old.unlink()
    result = synthesize(
        manifest.verilog(folder),
        top=manifest.name,
        family=family,
        work=work,
        stages=stages,
        netlist=netlist,
        on_share=on_share,
    )
    if not has_multiplier(manifest):
        require_no_dsp(result)
    return result


def netlist_of(
    folder: Path,
    manifest: Manifest,
    *,
    family: str,
    parts: bool = False,
    on_share: Callable[[float], None] = lambda share: None,
) -> Path:
    """Verilog netlist of a design, with JSON beside it: the last synthesis' or a new one's.

    Raises
    ------
    DspError, ToolError
        As :func:`synth_design`.
    """
    netlist = _netlist_path(folder, manifest, family, parts)
    if not netlist.exists():
        synth_design(folder, manifest, family=family, parts=parts, on_share=on_share)
    return netlist


def _prefix(family: str, parts: bool) -> str:
    return f"{family}-parts" if parts else family


def _netlist_path(folder: Path, manifest: Manifest, family: str, parts: bool) -> Path:
    """Where the netlist lies; another design, recipe or Yosys has another name."""
    origin = "\n".join([manifest.digest, *recipe_of(family), yosys_version()])
    return folder / "synth" / f"{_prefix(family, parts)}.{digest_of(origin)[:16]}.v"


def synthesis_rows(result: SynthesisResult, target: Board | None) -> dict[str, Any]:
    """A synthesis as the JSON keys of the ``synth`` command."""
    return {
        "device": target.part if target else None,
        "board": target.name if target else None,
        "family": result.family,
        "recipe": list(result.recipe),
        "area": result.area.as_dict(),
        "cells": dict(result.cells),
        "stages": [
            {"name": stage.name.removeprefix("core."), "area": stage.area.as_dict()}
            for stage in result.stages
        ],
        "utilization": utilization(result.area, target) if target else None,
    }
