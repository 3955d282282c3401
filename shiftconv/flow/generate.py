"""Write a design's build folder: Verilog, manifest, model, C header, weights to load."""

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from boards import Board
from quant.network import Network
from quant.onnx_io import read_quantized, write_quantized
from shiftconv.accelerator import Accelerator
from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.flow.export.c_header import c_header
from shiftconv.flow.files import atomic_folder
from shiftconv.flow.manifest import MANIFEST, Manifest, ManifestError, digest_of
from shiftconv.flow.results import RESULTS
from shiftconv.flow.tools import tool_versions
from shiftconv.flow.verilog import emit_verilog
from shiftconv.flow.verilog_words import RESERVED
from shiftconv.gateware.axi_stream import AxiStreamFace
from shiftconv.host.packing import FrameLayout
from shiftconv.plan import Plan
from shiftconv.stages import STAGES
from shiftconv.target import Target

__all__ = [
    "MODEL",
    "WEIGHTS",
    "frame_layouts",
    "generate_component",
    "generate_network",
    "module_name",
    "plan_parameters",
    "read_plan",
]

MODEL = "model.onnx"
WEIGHTS = "weights.bin"
CACHES = ("simulate", "synth", RESULTS)


def module_name(name: str) -> str:
    """A Verilog identifier made from any name."""
    identifier = re.sub(r"\W", "_", name, flags=re.ASCII) or "network"
    if identifier in RESERVED:
        return f"{identifier}_"
    return identifier if not identifier[0].isdigit() else f"_{identifier}"


def frame_layouts(plan: Plan) -> dict[str, FrameLayout]:
    """How the frames lie in the bytes of ``s_axis`` and ``m_axis``."""
    network = plan.network
    sides = {
        "s_axis": (network.in_shape, network.in_format, plan.in_par),
        "m_axis": (network.out_shape, network.out_format, plan.stages[-1].out_par),
    }
    return {
        port: FrameLayout(shape=shape, width=fmt.width, signed=fmt.signed, frac=fmt.frac, par=par)
        for port, (shape, fmt, par) in sides.items()
    }


def generate_network(plan: Plan, folder: Path, *, board: Board | None = None) -> Manifest:
    """Write a network's accelerator.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Replaced as a whole if it is a build folder already.
    board : Board, optional
        What it is meant for.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds something else.
    ToolError
        If Yosys fails.
    """
    face = Accelerator(plan)
    name = module_name(plan.network.name)
    return _write(
        face,
        folder,
        network=plan.network,
        layouts=frame_layouts(plan),
        weights=plan.weight_bytes(),
        name=name,
        kind="network",
        parameters=plan_parameters(plan),
        family=plan.target.family,
        board=board.name if board else None,
        cycles_per_frame=plan.cycles_per_frame,
        latency_cycles=plan.latency_cycles,
        macs_per_frame=plan.network.macs,
        lanes=plan.lanes,
        memory_bits=plan.memory_bits,
        layers=plan.rows(),
    )


def generate_component(design: ComponentDesign, folder: Path, *, name: str) -> Manifest:
    """Write a bare component.

    Parameters
    ----------
    design : ComponentDesign
    folder : Path
        Replaced as a whole if it is a build folder already.
    name : str
        Name of the top module.

    Raises
    ------
    OutputError, ToolError
        As :func:`generate_network`.
    """
    return _write(
        AxiStreamFace(design.component()),
        folder,
        network=None,
        layouts={},
        weights=b"",
        name=module_name(name),
        kind=design.kind,
        parameters=design.as_dict(),
        family=design.family,
        board=None,
        cycles_per_frame=design.cycles_per_frame,
        latency_cycles=None,
        macs_per_frame=design.macs,
        lanes=design.n_lanes,
        memory_bits=None,
        layers=[],
    )


def _write(
    face: AxiStreamFace,
    folder: Path,
    *,
    network: Network | None,
    layouts: dict[str, FrameLayout],
    weights: bytes,
    family: str | None,
    **figures: Any,
) -> Manifest:
    """Everything into a folder beside ``folder``, which then takes its place."""
    name = figures["name"]
    verilog = emit_verilog(face, name=name, family=family)
    header = f"{name}.h"
    manifest = Manifest(
        digest=digest_of(verilog),
        files=[
            *(f"{name}.v", MANIFEST),
            *([MODEL, header] if network else []),
            *([WEIGHTS] if weights else []),
        ],
        ports=Manifest.describe_ports(face),
        frames={port: layout.as_dict() for port, layout in layouts.items()},
        tool_versions=tool_versions(),
        **figures,
    )
    with atomic_folder(folder, marker=MANIFEST, keep=CACHES) as partial:
        manifest.verilog(partial).write_text(verilog)
        if network:
            write_quantized(network, partial / MODEL)
            text = c_header(name, manifest.digest, layouts["s_axis"], layouts["m_axis"])
            (partial / header).write_text(text)
        if weights:
            (partial / WEIGHTS).write_bytes(weights)
        (partial / MANIFEST).write_text(manifest.to_json())
    return manifest


def plan_parameters(plan: Plan) -> dict[str, Any]:
    """What :func:`read_plan` needs to know of a plan beside its network."""
    return {
        "target": asdict(plan.target),
        "foldings": [asdict(stage.folding) for stage in plan.stages],
        "elements": [stage.element for stage in plan.stages],
        "kinds": plan.kinds,
    }


def read_plan(manifest: Manifest, folder: Path) -> Plan:
    """The plan that a network's build folder was made from.

    Raises
    ------
    ManifestError
        If the folder holds no network, or its model and manifest do not belong together.
    """
    if manifest.kind != "network":
        raise ManifestError(f"{folder} holds a bare {manifest.kind}, not a network")
    network = read_quantized(folder / MODEL)
    foldings = manifest.parameters["foldings"]
    if len(foldings) != len(network.nodes):
        raise ManifestError(
            f"{folder} has {len(foldings)} foldings for {len(network.nodes)} layers; "
            "generate it again"
        )
    target = Target(**manifest.parameters["target"])
    stages = []
    elements = manifest.parameters["elements"]
    for node, folding, element in zip(network.nodes, foldings, elements, strict=True):
        kind = STAGES[node.layer.kind]
        stage = kind(node.name, node.layer, kind.folding_type(**folding), target)
        stages.append(replace(stage, element=element))
    plan, kinds = Plan(network, tuple(stages)), manifest.parameters["kinds"]
    if target.family is None:
        return plan
    if len(kinds) != len(plan.memories):
        raise ManifestError(
            f"{folder} has {len(kinds)} kinds for {len(plan.memories)} memories; generate it again"
        )
    return plan.with_kinds(kinds)
