"""The command compare."""

from pathlib import Path
from typing import Any

import click

from boards import FAMILIES
from shiftconv.cli import tables
from shiftconv.cli.options import BUILD, FolderPath, conv_design, conv_options
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.compare import compare_designs
from shiftconv.flow.files import output_errors
from shiftconv.flow.tools import tool_versions

__all__ = ["compare"]


@click.command
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
    parameters["family"] = family
    first = conv_design(weight_width=2, **parameters)
    parameters.update(
        window=first.window, in_par=first.in_par, out_par=first.out_par, max_cycles=None
    )
    designs = [conv_design(weight_width=width, **parameters) for width in widths]
    designs.append(conv_design(lane="vpe", weight_width=weight_width, **parameters))
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
