"""The command sweep."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from quant.calibration import CALIBRATIONS
from quant.quantizers import QUANTIZERS
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_board, complete_model, complete_scheme
from shiftconv.cli.options import (
    BUILD,
    BoardList,
    FilePath,
    NumberList,
    SchemeList,
    options,
    structure_option,
)
from shiftconv.cli.planning import LIMIT_HELP
from shiftconv.cli.quantities import Amount, Duration, Several
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.sweep.cluster import run_on_cluster
from shiftconv.flow.sweep.local import run_locally
from shiftconv.flow.sweep.points import Choices
from shiftconv.flow.sweep.sources import read_source
from shiftconv.flow.sweep.store import SweepStore
from shiftconv.flow.sweep.sweep import load_images
from shiftconv.flow.sweep.sweep import sweep as run_sweep
from shiftconv.flow.sweep.tasks import Run
from shiftconv.flow.tools import n_cores
from shiftconv.plan.resources import RESOURCES

__all__ = ["sweep"]


@click.command
@click.argument("models", nargs=-1, required=True, shell_complete=complete_model)
@click.option(
    "--scheme",
    "schemes",
    type=SchemeList(),
    shell_complete=complete_scheme,
    default="nearest",
    show_default=True,
    help=f"Some of {', '.join(QUANTIZERS)}; options as in clip-q:prune=0.3,snap=2.",
)
@click.option(
    "--bits", type=NumberList(), default="4", show_default=True, help="Bits of a weight, as 2,3,4."
)
@click.option(
    "--act-widths",
    "--act-width",
    type=NumberList(),
    default="8",
    show_default=True,
    help="Bits of activations.",
)
@click.option(
    "--board",
    "boards",
    type=BoardList(),
    shell_complete=complete_board,
    default="zcu102",
    show_default=True,
    help="Boards or devices; see `shiftconv boards`.",
)
@click.option(
    "--max-cycles",
    type=NumberList(),
    help="Cycles per frame; without, the highest rate within --lut and so on, or the least area.",
)
@click.option("--fps", type=NumberList(float), help="Frames per second, instead of --max-cycles.")
@click.option(
    "--clock",
    "clock_mhz",
    type=float,
    help="MHz, for frames per second; the board's for --fps and for a latency in seconds.",
)
@click.option(
    "--max-latency",
    type=Several(Duration()),
    help="Of a lone frame: cycles, or times such as 50us,2ms.",
)
@options(
    *(
        click.option(f"--{name.replace('_', '-')}", name, type=Several(Amount()), help=text)
        for name, text in LIMIT_HELP.items()
    )
)
@structure_option
@click.option("--load-weights", "loaded", is_flag=True, help="A host loads large weights at start.")
@click.option("--calibrate", type=FilePath, help="Samples: npz, or a folder with a data set.")
@click.option(
    "--calibration", default="min_max", show_default=True, help=f"{', '.join(CALIBRATIONS)}."
)
@click.option("--synthesize", is_flag=True, help="Areas from Yosys, not from estimates.")
@click.option(
    "--data",
    type=FilePath,
    multiple=True,
    help="Measure accuracy: MNIST idx, CIFAR-10 or npz; once for each size of images.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; one per core.")
@click.option("--scheduler", metavar="tcp://...", help="Work on a Dask scheduler instead.")
@click.option(
    "--out",
    type=FilePath,
    default=BUILD / "sweep.sqlite",
    show_default=True,
    help="SQLite file for the results; what it has is not done again.",
)
@click.option("--plot", type=FilePath, help="Draw areas or accuracies: .svg, .png or .pdf.")
@reporting
def sweep(
    report: Report,
    models: tuple[str, ...],
    schemes: tuple[str, ...],
    bits: tuple[int, ...],
    act_widths: tuple[int, ...],
    max_cycles: tuple[int, ...] | None,
    fps: tuple[float, ...] | None,
    max_latency: tuple[Any, ...] | None,
    calibrate: Path | None,
    calibration: str,
    data: tuple[Path, ...],
    jobs: int | None,
    scheduler: str | None,
    out: Path,
    plot: Path | None,
    **choices: Any,
) -> int:
    """Quantize, plan and estimate or synthesize many points.

    MODELS in every scheme, with every number of bits, for every board, at every rate, within every
    budget: each point is the best plan, as `shiftconv plan` finds it. A quantized model has its own
    scheme and bits. Lists have commas between. Results are in the view `points`
    of the SQLite file, each as soon as it is there: a sweep that was stopped, or that asks for
    more, does what is missing. A point that cannot be had, or does not fit, is a result.
    """
    if jobs and scheduler:
        raise click.UsageError("Give --jobs or --scheduler, not both")
    limits = {name: choices.pop(name) or () for name in RESOURCES}
    every = Choices(
        max_cycles=max_cycles or (),
        fps=fps or (),
        max_latency=max_latency or (),
        limits={name: some for name, some in limits.items() if some},
        **choices,
    )
    run: Run = partial(run_locally, n_parallel=jobs or n_cores())
    if scheduler:
        run = partial(run_on_cluster, address=scheduler)
    with report.progress("Sweep") as phase:
        phase("reading")
        if plot is not None:
            # Matplotlib takes its time, and only this needs it.
            from shiftconv.flow.comparison.figure import check_picture
            from shiftconv.flow.sweep.sweep_plot import plot_sweep

            check_picture(plot)
        sources = [
            read_source(model, calibrate=calibrate, calibration=calibration)
            for model in dict.fromkeys(models)
        ]
        store = SweepStore(out)
        found = run_sweep(
            [v for source in sources for v in source.variants(schemes, bits, act_widths)],
            every,
            store=store,
            run=run,
            images=load_images(data),
            on_phase=phase,
            on_count=phase.count,
        )
        store.close()
        if plot is not None:
            plot_sweep(found.rows, plot)
    if found.rows:
        report.show(tables.sweep_table(found.rows))
    n_new = len(found.rows) - found.n_known
    report.show(f"{out}: {len(found.rows)} points, {n_new} of them new")
    for lost in found.lost:
        report.show(f"{lost['what']} is lost, run this again: {lost['why']}")
    if plot is not None:
        report.show(f"wrote {plot}")
    result = {"out": str(out), "points": found.rows, "new": n_new, "lost": found.lost}
    return report.finish(result, holds=not found.lost)
