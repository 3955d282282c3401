"""Rates of plans over their LUTs, drawn."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from shiftconv.flow.comparison.figure import PALETTE, quiet, write_figure
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
    axes.plot(luts, rates, marker="o", markersize=4, color=PALETTE[0])
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("LUTs, estimated")
    axes.set_ylabel(f"frames/s at {clock_mhz:g} MHz" if clock_mhz else "cycles per frame")
    axes.set_title(plans[0].network.name, loc="left")
    quiet(axes)
    return figure
