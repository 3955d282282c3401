"""Synthesize a build folder's design, stage by stage."""

from pathlib import Path
from typing import Any

from boards import Board
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.synthesize import SynthesisResult, require_no_dsp, synthesize

__all__ = ["synth_design", "synthesis_rows"]


def has_multiplier(manifest: Manifest) -> bool:
    """Whether the design is the baseline with multipliers."""
    return manifest.parameters.get("lane") == "vpe"


def synth_design(folder: Path, manifest: Manifest, *, family: str) -> SynthesisResult:
    """LUT, FF, DSP and BRAM of a design, per stage and in all.

    Raises
    ------
    DspError
        If a design without multipliers has a multiplier block.
    ToolError
        If Yosys fails.
    """
    stages = [layer["name"] for layer in manifest.layers]
    result = synthesize(
        manifest.verilog(folder),
        top=manifest.name,
        family=family,
        work=folder / "synth",
        stages=[f"core.{stage}" for stage in stages],
    )
    if not has_multiplier(manifest):
        require_no_dsp(result)
    return result


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
        "utilization": result.area.utilization(target) if target else None,
    }
