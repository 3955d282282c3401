"""Rates of plans over their LUTs, drawn."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from shiftconv.flow.comparison.figure import PALETTE, logarithmic, quiet, write_figure
from shiftconv.plan import Plan

__all__ = ["write_front"]


def write_front(plans: Sequence[Plan], path: Path, *, clock_mhz: float | None) -> None:
    """Draw frames per second, or cycles per frame where the clock is unknown, over LUTs.

    Raises
    ------
    ValueError
        If the name's end stands for no picture.
    OutputError
        If the file cannot be written.
    """
    write_figure(lambda: _figure(plans, clock_mhz), path)


def _figure(plans: Sequence[Plan], clock_mhz: float | None) -> Figure:
    figure = Figure(figsize=(6, 3.6))
    axes = figure.subplots()
    luts = [plan.area.lut for plan in plans]
    cycles = [plan.cycles_per_frame for plan in plans]
    rates = [clock_mhz * 1e6 / n for n in cycles] if clock_mhz else cycles
    axes.plot(luts, rates, marker="o", markersize=5, linewidth=1.2, color=PALETTE[0])
    for axis in (axes.xaxis, axes.yaxis):
        logarithmic(axis)
    axes.set_xlabel("LUT, estimated")
    rate = f"frames per second at {clock_mhz:g} MHz" if clock_mhz else "cycles per frame"
    axes.set_ylabel(rate)
    axes.set_title(plans[0].network.name, fontsize=9)
    quiet(axes)
    return figure
