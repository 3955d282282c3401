"""The command generate: a network or one component."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from shiftconv.cli.completion import complete_model
from shiftconv.cli.options import (
    BUILD,
    codebook_option,
    conv_design,
    conv_options,
    exponent_option,
    lane_options,
    output_option,
    scheme_options,
    shape_options,
)
from shiftconv.cli.plan import plan_result, show_plan
from shiftconv.cli.planning import plan_of, planning_options
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.plan import PlanError

__all__ = ["generate"]


class _Generate(click.Group):
    """A group in which whatever is not a component's name is a MODEL."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["network", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Generate, subcommand_metavar="MODEL | conv | array | svpe | vpe [OPTIONS]")
def generate() -> None:
    """Write Verilog and a manifest: of a network, or of one component alone.

    Without a component's name the first word is a MODEL.
    """


@generate.command("network")
@click.argument("model", shell_complete=complete_model)
@scheme_options
@planning_options
@output_option
@reporting
def generate_network_command(
    report: Report, model: str, output: Path | None, **choices: Any
) -> int:
    """A network's accelerator; with --board, only if it fits."""
    with report.progress("Generating") as phase:
        phase("planning")
        planned = plan_of(model, **choices)
        plan, board = planned.plan, planned.board
        if not planned.holds:
            raise PlanError(planned.verdict())
        folder = output or BUILD / (board.name if board else plan.network.name)
        phase("writing Verilog")
        manifest = generate_network(plan, folder, board=board)
    result = plan_result(planned) | asdict(manifest)
    show_plan(report, planned, result)
    report.keep(folder, manifest, "generate", {})
    report.show(f"wrote {folder}: {', '.join(manifest.files)}")
    return report.finish(result)


def _generate_component(report: Report, design: ComponentDesign, name: str, folder: Path) -> int:
    with report.progress("Writing Verilog"):
        manifest = generate_component(design, folder, name=name)
        report.keep(folder, manifest, "generate", {})
    result = asdict(manifest)
    cycles = f", {manifest.cycles_per_frame:,} cycles a frame" if manifest.cycles_per_frame else ""
    report.show(f"wrote {folder}: {', '.join(manifest.files)}; {manifest.lanes} lanes{cycles}")
    return report.finish(result)


@generate.command("svpe")
@exponent_option
@codebook_option
@shape_options
@lane_options
@reporting
def generate_svpe(report: Report, output: Path | None, **parameters: Any) -> int:
    """One shift vector processing element."""
    return _generate_component(report, PeDesign(**parameters), "svpe", output or BUILD / "svpe")


@generate.command("vpe")
@click.option("--weight-width", type=int, default=8, show_default=True, help="Bits of a weight.")
@shape_options
@lane_options
@reporting
def generate_vpe(report: Report, output: Path | None, **parameters: Any) -> int:
    """The baseline with multipliers, same ports."""
    design = PeDesign(lane="vpe", **parameters)
    return _generate_component(report, design, "vpe", output or BUILD / "vpe")


@generate.command("array")
@exponent_option
@codebook_option
@shape_options
@click.option("--out-par", type=int, default=4, show_default=True, help="Number of elements.")
@lane_options
@reporting
def generate_array(report: Report, output: Path | None, **parameters: Any) -> int:
    """SVPEs that share one vector of activations."""
    design = ArrayDesign(**parameters)
    return _generate_component(report, design, "array", output or BUILD / "array")


@generate.command("conv")
@exponent_option
@codebook_option
@conv_options
@lane_options
@reporting
def generate_conv(report: Report, output: Path | None, **parameters: Any) -> int:
    """A convolution engine that takes its weights by stream.

    Idle lanes of a pixel's last input beat must carry zero.
    """
    design = conv_design(**parameters)
    return _generate_component(report, design, "conv", output or BUILD / "conv")
