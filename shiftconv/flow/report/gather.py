"""Everything that a build folder tells about its design."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quant.evaluate import described
from quant.layers import Shape
from quant.network import Network
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.report.findings import (
    Accuracy,
    Comparison,
    EnergySplit,
    Finding,
    Generated,
    Route,
    Simulation,
    Synthesis,
    read_findings,
)
from shiftconv.flow.results import kept_results
from shiftconv.flow.sample_store import Samples, kept_samples

__all__ = ["Gathered", "LayerFacts", "gather"]


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """What is known of a layer and its stage.

    Parameters
    ----------
    name, kind : str
    sources : tuple of str
        Layers that it takes from, or :data:`~quant.network.INPUT`.
    out_shape : tuple of int
    macs, lanes, cycles, memory_bits : int
    folds : str
        As the plan's rows have them.
    busy : float
        Cycles over the accelerator's cycles per frame.
    bits : int or None
        Of a weight; None without weights.
    sqnr_db : float or None
    area : mapping or None
        Of the synthesis that :attr:`Gathered.synthesis` names.
    energy : float or None
        Relative, per frame.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    out_shape: Shape
    macs: int
    lanes: int
    folds: str
    cycles: int
    busy: float
    memory_bits: int
    bits: int | None
    sqnr_db: float | None
    area: Mapping[str, float] | None
    energy: float | None


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A design and what is known of it; what no command has found out yet is empty or None.

    Parameters
    ----------
    folder : Path
        As the user named it.
    manifest : Manifest
    network : Network or None
        None for a bare component.
    layers : tuple of LayerFacts
    generated : Generated or None
    simulations : tuple of Simulation
    comparison : Comparison or None
    accuracy : Accuracy or None
    syntheses : tuple of Synthesis
    routes : tuple of Route
    energies : tuple of EnergySplit
    samples : Samples or None
    """

    folder: Path
    manifest: Manifest
    network: Network | None
    layers: tuple[LayerFacts, ...]
    generated: Generated | None
    simulations: tuple[Simulation, ...]
    comparison: Comparison | None
    accuracy: Accuracy | None
    syntheses: tuple[Synthesis, ...]
    routes: tuple[Route, ...]
    energies: tuple[EnergySplit, ...]
    samples: Samples | None

    @property
    def synthesis(self) -> Synthesis | None:
        """For the board of the design, else the first."""
        return _main(self.syntheses, self.manifest.board)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them."""
        one = (self.generated, self.accuracy, self.comparison)
        several = (*self.simulations, *self.syntheses, *self.routes, *self.energies)
        return tuple(finding for finding in (*one, *several) if finding is not None)


def _main(syntheses: tuple[Synthesis, ...], board: str | None) -> Synthesis | None:
    of_board = [synthesis for synthesis in syntheses if synthesis.board == board]
    return next(iter((*of_board, *syntheses)), None)


def gather(folder: Path, manifest: Manifest) -> Gathered:
    """Read a build folder.

    Raises
    ------
    ManifestError, ModelError
        If the folder is damaged.
    """
    kept = kept_results(folder, manifest)
    network = read_plan(manifest, folder).network if manifest.kind == "network" else None
    syntheses = read_findings(Synthesis, kept)
    energies = read_findings(EnergySplit, kept)
    areas = _by_stage(_main(syntheses, manifest.board))
    energy = energies[0].stages if energies else {}
    layers = _layers(manifest, network, kept, areas, energy) if network else ()
    return Gathered(
        folder=folder,
        manifest=manifest,
        network=network,
        layers=layers,
        generated=next(iter(read_findings(Generated, kept)), None),
        simulations=read_findings(Simulation, kept),
        comparison=next(iter(read_findings(Comparison, kept)), None),
        accuracy=next(iter(read_findings(Accuracy, kept)), None),
        syntheses=syntheses,
        routes=read_findings(Route, kept),
        energies=energies,
        samples=kept_samples(folder, manifest),
    )


def _by_stage(synthesis: Synthesis | None) -> dict[str, Mapping[str, float]]:
    if synthesis is None:
        return {}
    return {stage["name"]: stage["area"] for stage in synthesis.stages}


def _layers(
    manifest: Manifest,
    network: Network,
    kept: Mapping[str, Mapping[str, Any]],
    areas: Mapping[str, Mapping[str, float]],
    energy: Mapping[str, float],
) -> tuple[LayerFacts, ...]:
    """Rows of the manifest, the network's nodes beside them."""
    noise = {layer.name: layer for layer in described(network).layers}
    sqnr = {name: layer.sqnr_db for name, layer in noise.items()}
    # What was measured last counts, rather than what the file carries.
    evaluated = kept.get(Accuracy.prefix, {}).get("layers", ())
    sqnr |= {layer["name"]: layer["sqnr_db"] for layer in evaluated}
    slowest = manifest.cycles_per_frame or 1
    return tuple(
        LayerFacts(
            name=row["name"],
            kind=row["kind"],
            sources=node.inputs,
            out_shape=node.layer.out_shape,
            macs=row["macs"],
            lanes=row["lanes"],
            folds=row["folds"],
            cycles=row["cycles"],
            busy=row["cycles"] / slowest,
            memory_bits=row["memory_bits"],
            bits=noise[row["name"]].bits if row["name"] in noise else None,
            sqnr_db=sqnr.get(row["name"]),
            area=areas.get(row["name"]),
            energy=energy.get(row["name"]),
        )
        for row, node in zip(manifest.layers, network.nodes, strict=True)
    )
