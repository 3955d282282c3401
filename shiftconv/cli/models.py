"""Commands about a model: check, quantize, evaluate."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from quant import zoo
from quant.calibration import CALIBRATIONS
from quant.evaluate import described
from quant.evaluate import evaluate as evaluate_network
from quant.onnx_io import check_operators, operator_table, write_quantized
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_model
from shiftconv.cli.options import FilePath, images_of, scheme_options
from shiftconv.cli.report import Report, reporting
from shiftconv.flow import models
from shiftconv.flow.files import output_errors
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import MANIFEST, Manifest

__all__ = ["check", "evaluate", "quantize"]


@click.command
@click.argument("model", required=False, shell_complete=complete_model)
@click.option("--operators", is_flag=True, help="List the operators and their limits instead.")
@reporting
def check(report: Report, model: str | None, operators: bool) -> int:
    """Judge every operator of a float network before any work."""
    if operators:
        rows = operator_table()
        report.show(tables.limits_table(rows))
        return report.finish({"operators": rows})
    if model is None:
        raise click.UsageError("Name a MODEL, or ask for --operators")
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


@click.command
@click.argument("model", shell_complete=complete_model)
@scheme_options
@click.option("--calibrate", type=FilePath, help="Samples: npz, or a folder with a data set.")
@click.option(
    "--calibration",
    default="min_max",
    show_default=True,
    help=f"{', '.join(CALIBRATIONS)}; options as in percentile:percent=99.9.",
)
@click.option("--equalize", is_flag=True, help="Move scale between layers, channel by channel.")
@click.option("--refine", type=FilePath, help="Tune steps on labelled images: npz, or a folder.")
@click.option("--output", "-o", type=FilePath, required=True, help="Quantized ONNX file.")
@reporting
def quantize(
    report: Report,
    model: str,
    calibrate: Path | None,
    refine: Path | None,
    output: Path,
    **how: Any,
) -> int:
    """Quantize a float network after training."""
    with report.progress("Quantizing") as phase:
        samples = models.samples_of(model, calibrate)
        network = models.quantize(model, samples, **how)
        if refine is not None:
            network = models.refine(network, refine, lambda name: phase(f"refining {name}"))
        with output_errors(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            write_quantized(network, output)
    result = {**described(network).as_dict(), "output": str(output)}
    report.show(tables.evaluation_table(result), f"wrote {output}")
    return report.finish(result)


@click.command
@click.argument("model", shell_complete=complete_model)
@scheme_options
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@reporting
def evaluate(
    report: Report, model: str, scheme: str, bits: int, act_width: int, data: Path | None
) -> int:
    """Accuracy of the golden model.

    MODEL may be the build folder of a network too.
    """
    folder = Path(model)
    manifest = Manifest.read(folder) if (folder / MANIFEST).exists() else None
    with report.progress("Evaluating") as phase:
        if manifest:
            network, graph = read_plan(manifest, folder).network, None
        else:
            network = models.quantized_model(model, scheme=scheme, bits=bits, act_width=act_width)
            ships = model in (*zoo.names(), *zoo.retrained_names())
            graph = zoo.load_float(model) if ships else None
        images, labels = images_of(manifest.name if manifest else model, data)
        shown = phase.images(len(images))
        result = evaluate_network(network, images, labels, graph, shown).as_dict()
    if manifest:
        report.keep(folder, manifest, "evaluate", result)
    report.show(
        tables.evaluation_table(result),
        f"top-1 {100 * result['top1']:.2f} % of {result['images']:,} images"
        + (f", float {100 * result['float_top1']:.2f} %" if graph else ""),
    )
    return report.finish(result)
