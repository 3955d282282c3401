"""From a build folder to a bitstream for a board."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boards import Board
from shiftconv.flow.files import atomic_folder, output_errors
from shiftconv.flow.host.board_design import BOARD_TOP, board_verilog
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.pnr.board_top import BoardClock, BoardTop, plan_clock
from shiftconv.flow.pnr.netlist import Netlist, make_netlist
from shiftconv.flow.pnr.platform import Prepared, prepare
from shiftconv.flow.pnr.route import LOG, REPORT, Routed, route_seeds
from shiftconv.flow.pnr.timing import Timing, overfull, read_timing
from shiftconv.flow.pnr.toolchains import Toolchain, toolchain_for
from shiftconv.flow.synthesis.design_synthesis import has_multiplier
from shiftconv.flow.tools import Job, ToolError, run_jobs

__all__ = ["Placed", "TooBigError", "place_and_route", "route_verilog"]

MEGA = 1e6
PNR = "pnr"


class TooBigError(RuntimeError):
    """A design does not fit a board; the sentence says what is missing."""


@dataclass(frozen=True)
class Placed:
    """A design on a board.

    Parameters
    ----------
    board : Board
    clock : BoardClock
        What was asked for.
    netlist : Netlist
    timing : Timing
        Of the best seed.
    routed : Routed
    bitstream : Path or None
        None if the clock is not reached.
    """

    board: Board
    clock: BoardClock
    netlist: Netlist
    timing: Timing
    routed: Routed
    bitstream: Path | None

    @property
    def slack_ns(self) -> float:
        """Of the slowest path; negative if the clock is not reached."""
        return 1e3 / (self.clock.hz / MEGA) - 1e3 / self.timing.fmax_mhz

    @property
    def holds(self) -> bool:
        """Whether the clock is reached."""
        return self.timing.fmax_mhz >= self.clock.hz / MEGA

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        setting = self.clock.setting
        return {
            "board": self.board.name,
            "device": self.board.part,
            "fmax_mhz": round(self.timing.fmax_mhz, 3),
            "constraint_mhz": self.clock.hz / MEGA,
            "slack_ns": round(self.slack_ns, 3),
            "pll": None if setting is None else vars(setting),
            "area": self.netlist.area.as_dict(),
            "cells": dict(self.netlist.cells),
            "utilization": {name: dict(use) for name, use in self.timing.utilization.items()},
            "critical_path": self.timing.as_dict()["critical_path"],
            "seeds": [vars(seed) for seed in self.routed.seeds],
            "bitstream": None if self.bitstream is None else str(self.bitstream),
        }


def place_and_route(
    folder: Path,
    manifest: Manifest,
    board: Board,
    *,
    clock_mhz: float | None,
    baud: int,
    n_seeds: int,
    n_parallel: int,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> Placed:
    """Make a bitstream of a network's accelerator with its serial line.

    It stands in ``pnr/BOARD`` of the build folder, with the logs, if the clock is reached; else
    what was there before stays. A log that an error names stands in ``pnr`` as ``BOARD.*.log``,
    until the next call.

    Parameters
    ----------
    folder : Path
        Build folder.
    manifest : Manifest
    board : Board
    clock_mhz : float or None
        The board's own without it.
    baud : int
    n_seeds : int
        Seeds to try, from 1.
    n_parallel : int
        Seeds at a time.
    on_phase : callable
        Told what goes on.
    on_share : callable
        Told about how much of it is done, from 0 to 1.

    Raises
    ------
    ManifestError
        If the folder holds no network.
    TooBigError
        If the board has no room.
    ValueError
        If the design is for another family, the board has no open tools or pins, or its PLL cannot
        make the clock.
    DspError, ToolError, OutputError
    """
    toolchain = toolchain_for(board.family)
    if board.platform is None or board.clock_mhz is None:
        raise ValueError(f"Nothing is known of the pins of {board.name}; see `shiftconv boards`")
    family = manifest.parameters.get("target", {}).get("family")
    if family not in (None, board.family):
        raise ValueError(
            f"{folder} was generated for {family}, but {board.name} is {board.family}; generate it "
            f"again with --board {board.name}"
        )
    clock = plan_clock(board, clock_mhz)
    toolchain.check()
    verilog = board_verilog(folder, manifest, clock_hz=clock.hz, baud=baud)
    for old in (folder / PNR).glob(f"{board.name}.*.log"):
        old.unlink()
    with (
        output_errors(folder),
        TemporaryDirectory(dir=folder, prefix="pnr-") as name,
        _named_logs_kept(Path(name), folder / PNR, board),
    ):
        work = Path(name)
        placed, prepared = route_verilog(
            verilog,
            board,
            clock=clock,
            toolchain=toolchain,
            stages=[layer["name"] for layer in manifest.layers],
            multipliers=has_multiplier(manifest),
            work=work,
            n_seeds=n_seeds,
            n_parallel=n_parallel,
            on_phase=on_phase,
            on_share=on_share,
        )
        if not placed.holds:
            return placed
        on_phase("packing the bitstream")
        return _keep(folder, manifest, placed, prepared, toolchain)


@contextmanager
def _named_logs_kept(work: Path, kept: Path, board: Board) -> Iterator[None]:
    """Of a ToolError: move the logs that it names out of ``work``, and name them where they are."""
    try:
        yield
    except ToolError as error:
        message = str(error)
        for log in sorted(path for path in work.rglob("*.log") if str(path) in message):
            place = kept / ".".join([board.name, *log.relative_to(work).parts])
            kept.mkdir(exist_ok=True)
            shutil.move(log, place)
            message = message.replace(str(log), str(place))
        raise ToolError(message) from error


def route_verilog(
    verilog: str,
    board: Board,
    *,
    clock: BoardClock,
    toolchain: Toolchain,
    work: Path,
    n_seeds: int,
    n_parallel: int,
    stages: list[str],
    multipliers: bool = False,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> tuple[Placed, Prepared]:
    """Route the module ``board`` of some Verilog, with the ports that :class:`BoardTop` wants.

    Parameters
    ----------
    verilog : str
    board : Board
    clock : BoardClock
    toolchain : Toolchain
    work : Path
        Empty folder for all files.
    n_seeds, n_parallel, on_phase, on_share
        As for :func:`place_and_route`.
    stages : list of str
        Names of stages to blame.
    multipliers : bool
        Whether multiplier blocks are meant to be in it.

    Returns
    -------
    Placed
        Without a bitstream.
    Prepared
    """
    prepared = prepare(board, BoardTop(name=BOARD_TOP, family=board.family, clock=clock))
    on_phase("synthesizing")
    netlist = make_netlist(
        verilog,
        prepared,
        family=board.family,
        work=work,
        multipliers=multipliers,
        on_share=on_share,
    )
    try:
        routed = route_seeds(
            prepared,
            toolchain,
            work=work,
            clock_mhz=clock.hz / MEGA,
            seeds=range(1, n_seeds + 1),
            n_parallel=n_parallel,
            on_phase=on_phase,
            on_share=on_share,
        )
    except ToolError as error:
        for log in sorted(work.glob(f"*/{LOG}")):
            _refuse_overfull(log.read_text(errors="replace"), board, toolchain, error)
        raise
    timing = read_timing(routed.report, netlist.places.component_of, stages)
    return Placed(board, clock, netlist, timing, routed, None), prepared


def _refuse_overfull(log: str, board: Board, toolchain: Toolchain, error: ToolError) -> None:
    """Say what is missing, if that is why nextpnr failed."""
    missing = [
        f"{used:,} {name}{_resource(toolchain, name)} are needed, {there:,} are there, "
        f"{used - there:,} are missing"
        for name, (used, there) in overfull(log).items()
    ]
    if missing:
        raise TooBigError(f"The design does not fit {board.name}: {'; '.join(missing)}") from error


def _resource(toolchain: Toolchain, name: str) -> str:
    """Our word for one of nextpnr's resources, in brackets."""
    word = toolchain.names.get(name)
    return f" ({word})" if word else ""


def _keep(
    folder: Path, manifest: Manifest, placed: Placed, prepared: Prepared, toolchain: Toolchain
) -> Placed:
    """Pack the bitstream, and put it and the logs into the build folder."""
    work = placed.routed.folder
    with toolchain.pack.translated():
        words = toolchain.adapt_pack(prepared.pack)
        run_jobs([Job("the bitstream's packer", [*toolchain.pack.argv, *words], work)])
    name = f"{manifest.name}{Path(prepared.bitstream).suffix}"
    target = folder / PNR / placed.board.name
    with atomic_folder(target, marker=LOG) as partial:
        shutil.copyfile(work / prepared.bitstream, partial / name)
        for kept in (REPORT, LOG, "yosys.log", *prepared.files):
            shutil.copyfile(work / kept, partial / kept)
    return Placed(**{**vars(placed), "bitstream": target / name})
