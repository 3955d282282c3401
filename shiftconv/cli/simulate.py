"""The command simulate."""

from pathlib import Path
from typing import Any

import click

from shiftconv.cli import tables
from shiftconv.cli.completion import complete_device
from shiftconv.cli.designs import target_of
from shiftconv.cli.options import CountOrAll, FilePath, FolderPath, images_of
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.sample_store import Samples, keep_samples
from shiftconv.flow.simulation.netlist_simulation import (
    Trial,
    component_trial,
    network_trial,
    simulate_netlist,
)
from shiftconv.flow.simulation.simulate import ENGINES, simulate_component, simulate_network
from shiftconv.flow.simulation.simulation_result import SimulationResult
from shiftconv.flow.simulation.traffic import Traffic

__all__ = ["keep_first", "simulate", "verdict"]

Chance = click.FloatRange(0, 0.95)


@click.command
@click.argument("folder", type=FolderPath)
@click.option("--images", type=CountOrAll(), default=100, show_default=True)
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@click.option("--engine", type=click.Choice(ENGINES), help="compiled for networks, else python.")
@click.option("--stall", type=Chance, help="Chance that a side pauses in a cycle, both sides.")
@click.option("--stall-in", type=Chance, help="The same, of the input.")
@click.option("--stall-out", type=Chance, help="The same, of the output.")
@click.option("--malformed", type=Chance, default=0.0, help="Chance of a frame of wrong length.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random.")
@click.option("--vcd", type=FilePath, help="Write waves here.")
@click.option("--netlist", is_flag=True, help="What synthesis makes of the Verilog, instead of it.")
@click.option(
    "--device",
    shell_complete=complete_device,
    help="With --netlist: board, device or family that it is for.",
)
@reporting
def simulate(
    report: Report,
    folder: Path,
    images: int | None,
    data: Path | None,
    engine: str | None,
    stall: float | None,
    stall_in: float | None,
    stall_out: float | None,
    malformed: float,
    seed: int,
    vcd: Path | None,
    netlist: bool,
    device: str | None,
) -> int:
    """Simulate a design, bit for bit against the golden model.

    A network's images are simulated on all cores. What was simulated before, even by a call that
    was interrupted, is not simulated again.
    """
    if stall is not None and (stall_in is not None or stall_out is not None):
        raise click.UsageError("Give --stall, or --stall-in and --stall-out, not both")
    if device and not netlist:
        raise click.UsageError("--device goes with --netlist")
    if netlist and (engine or malformed):
        raise click.UsageError("--netlist goes with neither --engine nor --malformed")
    traffic = Traffic(
        stall_in=stall_in or stall or 0.0,
        stall_out=stall_out or stall or 0.0,
        malformed=malformed,
        seed=seed,
    )
    with report.progress("Simulating") as progress:
        manifest = Manifest.read(folder)
        if netlist:
            family = target_of(device, manifest.board)[1]
            found = simulate_netlist(
                folder,
                manifest,
                _trial(folder, manifest, images, data, seed),
                family=family,
                stall_in=traffic.stall_in,
                stall_out=traffic.stall_out,
                seed=seed,
                vcd=vcd,
                on_phase=progress,
                on_share=progress.share,
            )
        elif manifest.kind == "network":
            all_images, all_labels = images_of(manifest.name, data)
            found = simulate_network(
                folder,
                manifest,
                all_images[:images],
                all_labels[:images],
                engine=engine or "compiled",
                traffic=traffic,
                vcd=vcd,
                on_phase=progress,
                on_share=progress.share,
                on_images=progress.images(len(all_images[:images])),
            )
            keep_first(folder, manifest, all_images, all_labels, found)
        else:
            if engine == "compiled" or malformed:
                raise click.UsageError(
                    "The compiled engine and --malformed are for networks; "
                    "a component runs in python and knows no frames"
                )
            found = simulate_component(manifest, _count(images), traffic=traffic, vcd=vcd)
    result = found.as_dict()
    variant = f".netlist-{family}" if netlist else "" if traffic.is_steady else ".traffic"
    report.keep(folder, manifest, f"simulate{variant}", result)
    report.show(tables.simulation_table(result), verdict(result))
    return report.finish(result, holds=found.holds)


def keep_first(
    folder: Path, manifest: Manifest, images: Any, labels: Any, found: SimulationResult
) -> None:
    """Leave the first images and the answers to them in the build folder."""
    if found.first_outputs is None:
        return
    simulated, golden = found.first_outputs
    n = len(simulated)
    keep_samples(folder, manifest, Samples(images[:n], labels[:n], simulated, golden))


def _count(images: int | None) -> int:
    """A component's number of images; raises UsageError if it shall be all."""
    if images is None:
        raise click.UsageError("A component has no data set; give --images a number")
    return images


def _trial(
    folder: Path, manifest: Manifest, images: int | None, data: Path | None, seed: int
) -> Trial:
    """Images for a network's netlist, random data for a bare component's."""
    if manifest.kind != "network":
        return component_trial(manifest, _count(images), seed)
    all_images, all_labels = images_of(manifest.name, data)
    return network_trial(folder, manifest, all_images[:images], all_labels[:images])


def verdict(result: dict[str, Any]) -> str:
    """What a simulation showed, in one line."""
    if result["mismatched_values"]:
        return f"[red]{result['mismatched_values']:,} values differ from the golden model[/red]"
    if result["frame_errors"] != result["malformed_frames"]:
        return (
            f"[red]{result['malformed_frames']:,} frames were of the wrong length, but "
            f"{result['frame_errors']:,} were flagged[/red]"
        )
    return "[green]every value equals the golden model's[/green]"
