"""Commands to begin with: demo, boards."""

from dataclasses import asdict
from pathlib import Path

import click

from boards import BOARDS, find_board
from quant import zoo
from shiftconv.cli import tables
from shiftconv.cli.designs import DEFAULT_BOARD
from shiftconv.cli.options import BUILD, FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.cli.simulate import keep_first, verdict
from shiftconv.flow.generate import generate_network
from shiftconv.flow.simulation.simulate import simulate_network
from shiftconv.flow.synthesis.design_synthesis import synth_design, synthesis_rows
from shiftconv.flow.tools import tool_versions
from shiftconv.plan import make_plan
from shiftconv.target import Target

__all__ = ["boards", "demo"]

DEMO_CYCLES = 10_000
DEMO_IMAGES = 100


@click.command
@reporting
def boards(report: Report) -> int:
    """List boards and devices."""
    rows = [
        {
            "name": board.name,
            "what": board.title,
            "part": board.part,
            "family": board.family,
            **{key: getattr(board.resources, key) for key in ("lut", "ff", "dsp", "bram")},
        }
        for board in BOARDS.values()
    ]
    report.show(tables.boards_table(rows))
    return report.finish({"boards": rows})


@click.command
@click.option("--images", type=click.IntRange(1), default=DEMO_IMAGES, show_default=True)
@click.option("--output", "-o", type=FolderPath, default=BUILD / "lenet5", show_default=True)
@reporting
def demo(report: Report, images: int, output: Path) -> int:
    """The whole path on LeNet-5 and handwritten digits that ship."""
    board = find_board(DEFAULT_BOARD)
    with report.progress("Verilog"):
        network = zoo.load_quantized("lenet5")
        target = Target(family=board.family)
        plan = make_plan(network, max_cycles=DEMO_CYCLES, target=target)
        manifest = generate_network(plan, output, board=board)
        report.keep(output, manifest, "generate", {})
    report.show(tables.plan_table(asdict(manifest)), f"wrote {output / manifest.files[0]}")
    samples = zoo.load_samples("lenet5")
    with report.progress("Simulation") as phase:
        found = simulate_network(
            output,
            manifest,
            samples.images[:images],
            samples.labels[:images],
            on_phase=phase,
            on_share=phase.share,
            on_images=phase.images(images),
        )
        keep_first(output, manifest, samples.images, samples.labels, found)
    simulated = found.as_dict()
    report.keep(output, manifest, "simulate", simulated)
    report.show(tables.simulation_table(simulated), verdict(simulated))
    with report.progress("Synthesis") as phase:
        synthesis = synth_design(output, manifest, family=board.family, on_share=phase.share)
    area = synthesis_rows(synthesis, board)
    area["tool_versions"] = tool_versions()
    report.keep(output, manifest, f"synth.{board.name}", area)
    report.show(tables.area_table(area))
    result = {"generate": asdict(manifest), "simulate": simulated, "synth": area}
    return report.finish(result, holds=found.holds)
