"""The command compare."""

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from boards import Board, find_board
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import (
    BUILD,
    FamilyList,
    FilePath,
    FolderPath,
    NumberList,
    conv_design,
    conv_options,
    structure_option,
)
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.comparison.compare import compare_designs
from shiftconv.flow.comparison.dot_comparison import ComparisonSizes, compare_dot_products
from shiftconv.flow.comparison.fill import fill_device
from shiftconv.flow.synthesis.measurements import Measurements
from shiftconv.flow.tools import tool_versions

__all__ = ["compare"]

ENGINE_OPTIONS = (
    *("in_shape", "out_channels", "kernel", "stride", "padding"),
    *("window", "in_par", "out_par", "max_cycles", "weight_width"),
)
FILL_NOTE = (
    "Processing elements alone: no windows, weights or streams. Chen et al. (2021) count 957.4 "
    "GOP/s of shifts against 332.2 of multipliers on a ZCU102, 2.9 times: both versions are held "
    "to 768 of its 2520 DSPs, of which a 3x3 array with shifts takes 3 and one with multipliers 12."
)


@click.command
@click.option(
    "--family",
    "families",
    type=FamilyList(),
    default="xcup",
    show_default=True,
    help="One for engines; for dot products several with commas between, or all.",
)
@click.option("--exponent-widths", type=NumberList(), help="Of shifts.  [default: 0,1,2,3,4]")
@click.option(
    "--act-widths",
    "--act-width",
    type=NumberList(),
    default="8",
    show_default=True,
    help="Bits of activations; one number for engines.",
)
@click.option(
    "--lanes", type=NumberList(), default="32", show_default=True, help="Of each element."
)
@structure_option
@click.option("--plot", type=FilePath, help="Draw LUTs per product here: .svg, .png or .pdf.")
@click.option(
    "--fill",
    metavar="BOARD",
    shell_complete=complete_board,
    help="How many products per cycle fit in a device.",
)
@click.option(
    "--bound",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="Share of the device that --fill may use.",
)
@click.option("--engine", is_flag=True, help="Whole convolution engines; so do the options below.")
@conv_options
@click.option("--weight-width", type=int, default=8, show_default=True, help="Of the VPE's engine.")
@click.option("--signed", is_flag=True, help="Signed activations of engines.")
@click.option("--jobs", type=click.IntRange(1), help="Syntheses at a time; one per core.")
@click.option(
    "--work",
    type=FolderPath,
    default=BUILD / "measured",
    show_default=True,
    help="Syntheses are kept here; none is done twice.",
)
@reporting
@click.pass_context
def compare(
    context: click.Context,
    report: Report,
    families: tuple[str, ...],
    exponent_widths: tuple[int, ...] | None,
    act_widths: tuple[int, ...],
    lanes: tuple[int, ...],
    structure: str | None,
    plot: Path | None,
    fill: str | None,
    bound: float,
    engine: bool,
    jobs: int | None,
    work: Path,
    **engine_parameters: Any,
) -> int:
    """Shifts against multipliers: dot products, or whole convolution engines.

    Dot products come with their accumulator and handshake, activations signed. A VPE is at its
    best: on UltraScale+ a cascade of DSP48E2 that adds and accumulates by itself, and two products
    in each where 8 bits allow it; chains of DSP48E1, SB_MAC16, MULTADDSUB18X18 and MULTALU18X18 on
    xc7, ice40, nexus and gowin. Multipliers in LUTs are the best of several, Booth's among them.
    """
    given = {
        name
        for name in ENGINE_OPTIONS
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    store = Measurements(work)
    if engine or given:
        if plot or fill:
            raise click.UsageError("--plot and --fill are for dot products, not for engines")
        if len(act_widths) != 1:
            raise click.UsageError("Engines are compared at one width of activations")
        if len(families) != 1:
            raise click.UsageError("Engines are compared on one family")
        engine_parameters |= {
            "family": families[0],
            "structure": structure,
            "act_width": act_widths[0],
        }
        return _compare_engines(report, exponent_widths or (1, 2, 3, 4), store, engine_parameters)
    board = find_board(fill) if fill else None
    sizes = ComparisonSizes(
        families=(board.family,) if board else families,
        exponent_widths=exponent_widths or (0, 1, 2, 3, 4),
        act_widths=act_widths,
        lanes=lanes,
        structure=structure,
    )
    return _compare_dot_products(report, sizes, store, jobs, plot, board, bound)


def _compare_dot_products(
    report: Report,
    sizes: ComparisonSizes,
    store: Measurements,
    jobs: int | None,
    plot: Path | None,
    board: Board | None,
    bound: float,
) -> int:
    with report.progress("Synthesizing") as phase:
        rows = compare_dot_products(
            sizes,
            store=store,
            n_parallel=jobs or os.cpu_count() or 1,
            on_element=phase,
            on_count=phase.count,
        )
        if plot is not None:
            # Matplotlib takes its time, and only this needs it.
            from shiftconv.flow.comparison.comparison_plot import plot_comparison

            plot_comparison(rows, plot)
    result: dict[str, Any] = {"rows": rows}
    report.show(tables.dot_comparison_table(rows))
    if board is not None:
        filled = fill_device(board, rows, bound=bound)
        result["fill"] = {"board": board.name, "bound": bound, "note": FILL_NOTE, "rows": filled}
        report.show(tables.fill_table(result["fill"]), FILL_NOTE)
    if plot is not None:
        report.show(f"wrote {plot}")
    return report.finish(result)


def _compare_engines(
    report: Report,
    exponent_widths: tuple[int, ...],
    store: Measurements,
    parameters: dict[str, Any],
) -> int:
    weight_width = parameters.pop("weight_width")
    first = conv_design(weight_width=2, **parameters)
    parameters.update(
        window=first.window, in_par=first.in_par, out_par=first.out_par, max_cycles=None
    )
    designs = [conv_design(weight_width=width, **parameters) for width in exponent_widths]
    designs.append(conv_design(lane="vpe", weight_width=weight_width, **parameters))
    with report.progress("Synthesizing") as phase:
        rows = compare_designs(
            designs,
            family=parameters["family"],
            store=store,
            on_design=lambda design: phase(f"{design.lane}, {design.weight_width} bits"),
            on_count=phase.count,
        )
    height, width, channels = first.in_shape
    kernel = "x".join(map(str, first.kernel))
    result = {
        "title": f"{kernel} engine, {height}x{width}x{channels} to {first.out_channels}, "
        f"{first.cycles_per_frame:,} cycles a frame",
        "family": parameters["family"],
        "cycles_per_frame": first.cycles_per_frame,
        "rows": rows,
        "tool_versions": tool_versions(),
    }
    report.show(tables.comparison_table(result))
    return report.finish(result)
