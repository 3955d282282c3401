"""The ``shiftconv`` command: the only place that prints and exits."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from boards import BOARDS, FAMILIES, Board, find_board
from quant import zoo
from quant.calibration import CALIBRATIONS
from quant.codebook import MAX_EXPONENT_WIDTH
from quant.datasets import load_dataset
from quant.evaluate import evaluate as evaluate_network
from quant.onnx_float import check_operators
from quant.onnx_io import write_quantized
from quant.quantizers import QUANTIZERS
from shiftconv import __version__, tables
from shiftconv.console import ClickShape, Report, guarded, reporting
from shiftconv.flow import models
from shiftconv.flow.compare import compare_designs
from shiftconv.flow.component_designs import ArrayDesign, ComponentDesign, ConvDesign, PeDesign
from shiftconv.flow.files import output_errors
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulate import ENGINES, simulate_component, simulate_network
from shiftconv.flow.synth import synth_design, synthesis_rows
from shiftconv.flow.tools import tool_versions
from shiftconv.plan import Plan, make_plan

__all__ = ["cli", "main"]

BUILD = Path("build")
DEMO_CYCLES = 10_000
DEMO_BOARD = "zcu102"
DEMO_IMAGES = 100

FolderPath = click.Path(path_type=Path, file_okay=False)
FilePath = click.Path(path_type=Path)


def options(*decorators: Callable) -> Callable:
    """Several click options as one decorator."""

    def decorate(command: Callable) -> Callable:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


scheme_options = options(
    click.option("--scheme", default="nearest", show_default=True, help=", ".join(QUANTIZERS)),
    click.option("--bits", type=int, default=4, show_default=True, help="Bits of a weight."),
    click.option("--act-width", type=int, default=8, show_default=True, help="Bits."),
)
rate_options = options(
    click.option("--max-cycles", type=int, help="Cycles per frame; the least area without it."),
    click.option("--fps", type=float, help="Frames per second, instead of --max-cycles."),
    click.option("--clock", type=float, help="MHz, for --fps; the board's by default."),
    click.option("--board", help="Board or device; see `shiftconv boards`."),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shiftconv")
def cli() -> None:
    """From a trained CNN to an FPGA accelerator whose convolutions have no multiplier.

    MODEL is an ONNX file, or the name of a network that ships: lenet5.
    """


def _cycle_limit(
    max_cycles: int | None, fps: float | None, clock: float | None, board: Board | None
) -> int | None:
    """Cycles per frame from the rate options."""
    if fps is None:
        return max_cycles
    if max_cycles is not None:
        raise click.UsageError("Give --fps or --max-cycles, not both")
    clock = clock or (board.clock_mhz if board else None)
    if not clock:
        raise click.UsageError("Frames per second need a clock: give --clock in MHz")
    if fps <= 0:
        raise click.UsageError(f"Frames per second must be positive, not {fps:g}")
    return int(clock * 1e6 / fps)


def _plan(model: str, scheme: str, bits: int, act_width: int, **rate: Any) -> tuple[Plan, Any]:
    """A plan and its board, from the options of ``plan`` and ``generate``."""
    board = find_board(rate.pop("board")) if rate["board"] else rate.pop("board")
    network = models.quantized_model(model, scheme=scheme, bits=bits, act_width=act_width)
    return make_plan(network, max_cycles=_cycle_limit(**rate, board=board)), board


def _plan_result(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.network.name,
        "cycles_per_frame": plan.cycles_per_frame,
        "latency_cycles": plan.latency_cycles,
        "macs_per_frame": plan.network.macs,
        "lanes": plan.lanes,
        "memory_bits": plan.memory_bits,
        "layers": plan.rows(),
    }


@cli.command()
@click.argument("model")
@reporting
def check(report: Report, model: str) -> int:
    """Judge every operator of a float network before any work."""
    with report.progress("Reading"):
        verdicts = check_operators(models.float_model_path(model))
    supported = all(verdict.status == "ok" for verdict in verdicts)
    result = {
        "model": model,
        "operators": [asdict(verdict) for verdict in verdicts],
        "supported": supported,
    }
    report.show(tables.operators_table(result))
    return report.finish(result, holds=supported)


@cli.command()
@click.argument("model")
@scheme_options
@click.option("--calibrate", type=FilePath, help="Samples: npz, or a folder with a data set.")
@click.option(
    "--calibration", default="min_max", show_default=True, help=", ".join(CALIBRATIONS)
)
@click.option("--output", "-o", type=FilePath, required=True, help="Quantized ONNX file.")
@reporting
def quantize(
    report: Report, model: str, calibrate: Path | None, output: Path, **how: Any
) -> int:
    """Quantize a float network after training."""
    with report.progress("Quantizing"):
        samples = models.samples_of(model, calibrate)
        network = models.quantize(model, samples, **how)
        with output_errors(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            write_quantized(network, output)
        labels = np.zeros(len(samples), np.int64)
        evaluation = evaluate_network(network, samples, labels).as_dict()
    # Calibration samples have no labels.
    result = {**evaluation, "top1": None, "output": str(output)}
    report.show(tables.evaluation_table(result), f"wrote {output}")
    return report.finish(result)


@cli.command()
@click.argument("model")
@scheme_options
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@reporting
def evaluate(
    report: Report, model: str, scheme: str, bits: int, act_width: int, data: Path | None
) -> int:
    """Accuracy of the golden model."""
    with report.progress("Evaluating"):
        network = models.quantized_model(model, scheme=scheme, bits=bits, act_width=act_width)
        images, labels = _images(model, data)
        result = evaluate_network(network, images, labels).as_dict()
    report.show(
        tables.evaluation_table(result),
        f"top-1 {100 * result['top1']:.2f} % of {result['images']:,} images",
    )
    return report.finish(result)


def _images(model: str, data: Path | None) -> tuple[Any, Any]:
    """Labelled images from a folder, or those that ship with a network."""
    if data is not None:
        return load_dataset(data)
    if model not in zoo.names():
        raise click.UsageError(f"No images ship for {model}; name some with --data")
    samples = zoo.load_samples(model)
    return samples.images, samples.labels


@cli.command("plan")
@click.argument("model")
@scheme_options
@rate_options
@reporting
def plan_command(report: Report, model: str, **choices: Any) -> int:
    """Choose the folding of every layer."""
    with report.progress("Planning"):
        plan, _ = _plan(model, **choices)
    result = _plan_result(plan)
    report.show(tables.plan_table(result))
    return report.finish(result)


class _Generate(click.Group):
    """A group in which whatever is not a component's name is a MODEL."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["network", *args]
        return super().parse_args(ctx, args)


@cli.group(cls=_Generate, subcommand_metavar="MODEL | conv | array | svpe | vpe [OPTIONS]")
def generate() -> None:
    """Write Verilog and a manifest: of a network, or of one component alone.

    Without a component's name the first word is a MODEL.
    """


output_option = click.option("--output", "-o", type=FolderPath, help="Build folder.")


@generate.command("network")
@click.argument("model")
@scheme_options
@rate_options
@output_option
@reporting
def generate_network_command(
    report: Report, model: str, output: Path | None, **choices: Any
) -> int:
    """A network's accelerator."""
    with report.progress("Planning and writing Verilog"):
        plan, board = _plan(model, **choices)
        folder = output or BUILD / (board.name if board else plan.network.name)
        manifest = generate_network(plan, folder, board=board)
    result = asdict(manifest)
    report.show(tables.plan_table(result), f"wrote {folder}: {', '.join(manifest.files)}")
    return report.finish(result)


def _generate_component(report: Report, design: ComponentDesign, name: str, folder: Path) -> int:
    with report.progress("Writing Verilog"):
        manifest = generate_component(design, folder, name=name)
    result = asdict(manifest)
    cycles = f", {manifest.cycles_per_frame:,} cycles a frame" if manifest.cycles_per_frame else ""
    report.show(f"wrote {folder}: {', '.join(manifest.files)}; {manifest.lanes} lanes{cycles}")
    return report.finish(result)


lane_options = options(
    click.option("--act-width", type=int, default=8, show_default=True, help="Bits, 2 to 16."),
    click.option("--signed", is_flag=True, help="Signed activations."),
    output_option,
)
exponent_option = click.option(
    "--exponent-width",
    "weight_width",
    type=click.IntRange(0, MAX_EXPONENT_WIDTH),
    default=2,
    show_default=True,
    help="Bits of a weight's exponent field.",
)
shape_options = options(
    click.option("--lanes", type=int, default=16, show_default=True, help="Of each element."),
    click.option("--folds", type=int, default=16, show_default=True, help="Folds of a window."),
)


@generate.command("svpe")
@exponent_option
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
@shape_options
@click.option("--out-par", type=int, default=4, show_default=True, help="Number of elements.")
@lane_options
@reporting
def generate_array(report: Report, output: Path | None, **parameters: Any) -> int:
    """SVPEs that share one vector of activations."""
    design = ArrayDesign(**parameters)
    return _generate_component(report, design, "array", output or BUILD / "array")


conv_options = options(
    click.option("--input", "in_shape", type=ClickShape(3), default="32x32x16", show_default=True),
    click.option("--out-channels", type=int, default=32, show_default=True),
    click.option("--kernel", type=ClickShape(2), default="3", show_default=True),
    click.option("--stride", type=ClickShape(2), default="1", show_default=True),
    click.option(
        "--padding", type=ClickShape(4, low=0), default="1", show_default=True,
        help="One number, or top,left,bottom,right.",
    ),
    click.option("--window", help="pixel, column, sliding or whole; with --in-par, --out-par."),
    click.option("--in-par", type=int, help="Channels per input beat."),
    click.option("--out-par", type=int, help="Output channels at once."),
    click.option("--max-cycles", type=int, help="Cycles per frame, instead of --window."),
)


def _conv_design(
    window: str | None, in_par: int | None, out_par: int | None, max_cycles: int | None, **rest: Any
) -> ConvDesign:
    """A design with the folding asked for, or the cheapest one that is fast enough."""
    if window is None:
        if in_par or out_par:
            raise click.UsageError("--in-par and --out-par go with --window")
        return ConvDesign.planned(max_cycles=max_cycles, **rest)
    if max_cycles is not None:
        raise click.UsageError("Give --window or --max-cycles, not both")
    return ConvDesign(window=window, in_par=in_par or 1, out_par=out_par or 1, **rest)


@generate.command("conv")
@exponent_option
@conv_options
@lane_options
@reporting
def generate_conv(report: Report, output: Path | None, **parameters: Any) -> int:
    """A convolution engine that takes its weights by stream."""
    design = _conv_design(**parameters)
    return _generate_component(report, design, "conv", output or BUILD / "conv")


@cli.command()
@click.argument("folder", type=FolderPath)
@click.option("--images", type=click.IntRange(1), default=100, show_default=True)
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@click.option("--engine", type=click.Choice(ENGINES), help="compiled for networks, else python.")
@click.option("--stall", type=click.FloatRange(0, 0.95), default=0.0, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--vcd", type=FilePath, help="Write waves here.")
@reporting
def simulate(
    report: Report, folder: Path, images: int, data: Path | None, engine: str | None, **how: Any
) -> int:
    """Simulate a design, bit for bit against the golden model."""
    with report.progress("Simulating") as phase:
        manifest = Manifest.read(folder)
        if manifest.kind == "network":
            all_images, all_labels = _images(manifest.name, data)
            found = simulate_network(
                folder,
                manifest,
                all_images[:images],
                all_labels[:images],
                engine=engine or "compiled",
                on_phase=phase,
                **how,
            )
        elif engine == "compiled":
            raise click.UsageError("The compiled engine is for networks; a component runs in python")
        else:
            found = simulate_component(manifest, images, **how)
    result = found.as_dict()
    report.show(tables.simulation_table(result), _verdict(result))
    return report.finish(result, holds=not result["mismatched_values"])


def _verdict(result: dict[str, Any]) -> str:
    if result["mismatched_values"]:
        return f"[red]{result['mismatched_values']:,} values differ from the golden model[/red]"
    return "[green]every value equals the golden model's[/green]"


def _target(device: str | None, board: str | None) -> tuple[Board | None, str]:
    """Board and family to synthesize for."""
    if device in FAMILIES:
        return None, device
    target = find_board(device or board or DEMO_BOARD)
    return target, target.family


@cli.command()
@click.argument("folder", type=FolderPath)
@click.option("--device", help=f"Board, device or family ({', '.join(FAMILIES)}).")
@reporting
def synth(report: Report, folder: Path, device: str | None) -> int:
    """LUT, FF, DSP and BRAM, per stage and in all."""
    manifest = Manifest.read(folder)
    target, family = _target(device, manifest.board)
    with report.progress(f"Synthesizing for {family}"):
        result = synthesis_rows(synth_design(folder, manifest, family=family), target)
    result["tool_versions"] = tool_versions()
    report.show(tables.area_table(result))
    return report.finish(result)


@cli.command()
@click.option("--family", type=click.Choice(FAMILIES), default="xcup", show_default=True)
@click.option("--exponent-widths", default="1,2,3,4", show_default=True)
@click.option("--weight-width", type=int, default=8, show_default=True, help="Of the VPE.")
@conv_options
@click.option("--act-width", type=int, default=8, show_default=True, help="Bits, 2 to 16.")
@click.option("--signed", is_flag=True, help="Signed activations.")
@click.option("--work", type=FolderPath, default=BUILD / "compare", show_default=True)
@reporting
def compare(
    report: Report,
    family: str,
    exponent_widths: str,
    weight_width: int,
    work: Path,
    **parameters: Any,
) -> int:
    """One convolution engine with shift lanes and with multipliers."""
    try:
        widths = [int(width) for width in exponent_widths.split(",")]
    except ValueError:
        raise click.UsageError(
            f"Exponent widths must be numbers with commas between, not {exponent_widths!r}"
        ) from None
    first = _conv_design(weight_width=2, **parameters)
    parameters.update(
        window=first.window, in_par=first.in_par, out_par=first.out_par, max_cycles=None
    )
    designs = [_conv_design(weight_width=width, **parameters) for width in widths]
    designs.append(_conv_design(lane="vpe", weight_width=weight_width, **parameters))
    with report.progress("Synthesizing") as phase, output_errors(work):
        rows = compare_designs(
            designs,
            family=family,
            work=work,
            on_design=lambda design: phase(f"{design.lane}, {design.weight_width} bits"),
        )
    height, width, channels = first.in_shape
    kernel = "x".join(map(str, first.kernel))
    result = {
        "title": f"{kernel} engine, {height}x{width}x{channels} to {first.out_channels}, "
        f"{first.cycles_per_frame:,} cycles a frame",
        "family": family,
        "cycles_per_frame": first.cycles_per_frame,
        "rows": rows,
        "tool_versions": tool_versions(),
    }
    report.show(tables.comparison_table(result))
    return report.finish(result)


@cli.command()
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


@cli.command()
@click.option("--images", type=click.IntRange(1), default=DEMO_IMAGES, show_default=True)
@click.option("--output", "-o", type=FolderPath, default=BUILD / "lenet5", show_default=True)
@reporting
def demo(report: Report, images: int, output: Path) -> int:
    """The whole path on LeNet-5 and handwritten digits that ship."""
    board = find_board(DEMO_BOARD)
    with report.progress("Verilog"):
        plan = make_plan(zoo.load_quantized("lenet5"), max_cycles=DEMO_CYCLES)
        manifest = generate_network(plan, output, board=board)
    report.show(tables.plan_table(asdict(manifest)), f"wrote {output / manifest.files[0]}")
    samples = zoo.load_samples("lenet5")
    with report.progress("Simulation") as phase:
        found = simulate_network(
            output, manifest, samples.images[:images], samples.labels[:images], on_phase=phase
        )
    simulated = found.as_dict()
    report.show(tables.simulation_table(simulated), _verdict(simulated))
    with report.progress("Synthesis"):
        area = synthesis_rows(synth_design(output, manifest, family=board.family), board)
    area["tool_versions"] = tool_versions()
    report.show(tables.area_table(area))
    result = {"generate": asdict(manifest), "simulate": simulated, "synth": area}
    return report.finish(result, holds=not simulated["mismatched_values"])


def main() -> None:
    """Run the command line and exit."""
    sys.exit(guarded(cli))
