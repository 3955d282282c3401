"""Where the streams between a network's stages lie in its Verilog, and what must pass there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.layers import Shape
from quant.network import INPUT
from shiftconv.accelerator import Accelerator
from shiftconv.flow.simulation.bench import Tap, bench_verilog, port_widths
from shiftconv.flow.verilog import signal_names
from shiftconv.gateware.beat import in_names, n_beats
from shiftconv.plan import Plan

__all__ = ["OUTPUT", "Checkpoint", "checkpoints_of", "tapped"]

CORE = "core"
OUTPUT = "output"

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Checkpoint:
    """A tap, and whose values pass there.

    Parameters
    ----------
    tap : Tap
    layer : str
        Node whose input or output it is; :data:`INPUT` before the first, ``network`` after the
        last.
    place : str
        In words: ``output``, ``input 1, from conv2``.
    source : str
        Node whose output must pass, or :data:`INPUT`.
    shape : (height, width, channels)
    """

    tap: Tap
    layer: str
    place: str
    source: str
    shape: Shape

    @property
    def width(self) -> int:
        """Bits of a value."""
        return self.tap.value_width

    def stream(self, frames: IntArray) -> tuple[IntArray, NDArray[np.bool_], NDArray[np.bool_]]:
        """Beats that frames make here.

        Parameters
        ----------
        frames : ndarray of int64, shape (n, height, width, channels)

        Returns
        -------
        values : ndarray of int64, shape (m, par)
        used : ndarray of bool, shape (m, par)
            Whether a place holds a value; idle ones may hold anything.
        last : ndarray of bool, shape (m,)
        """
        surplus = self.tap.beats_per_pixel * self.tap.par - self.shape[2]
        pads = ((0, 0), (0, 0), (0, 0), (0, surplus))
        values = np.pad(frames, pads).reshape(-1, self.tap.par)
        used = np.pad(np.ones(frames.shape, bool), pads).reshape(-1, self.tap.par)
        per_frame = self.tap.pixels * self.tap.beats_per_pixel
        return values, used, np.arange(1, len(values) + 1) % per_frame == 0

    def place_of(self, beat: int, lane: int) -> tuple[int, int, int, int]:
        """Frame, row, column and channel of a value."""
        pixel, part = divmod(beat, self.tap.beats_per_pixel)
        frame, pixel = divmod(pixel, self.tap.pixels)
        row, column = divmod(pixel, self.shape[1])
        return frame, row, column, part * self.tap.par + lane


def checkpoints_of(plan: Plan, verilog: str, top: str) -> tuple[Checkpoint, ...]:
    """Every stream into and out of a stage, in the order in which a frame passes them.

    Parameters
    ----------
    plan : Plan
    verilog : str
        What was generated from it.
    top : str
        Its top module.

    Raises
    ------
    ValueError
        If the Verilog does not hold the plan's stages.
    """
    network = plan.network
    streams = _Streams(plan, verilog, top)
    shape, fmt = network.in_shape, network.in_format
    found = [streams.checkpoint("marker", "o", INPUT, OUTPUT, INPUT, shape, fmt, plan.in_par)]
    for node, stage in zip(network.nodes, plan.stages, strict=True):
        name, layer = node.name, stage.layer
        ports = in_names(len(layer.inputs))
        for slot, (port, source) in enumerate(zip(ports, node.inputs, strict=True)):
            place = f"input {slot}, from {source}"
            shape, fmt = layer.inputs[slot]
            found.append(
                streams.checkpoint(name, port, name, place, source, shape, fmt, stage.in_par)
            )
        shape, fmt, par = layer.out_shape, layer.out_format, stage.out_par
        found.append(streams.checkpoint(name, "o", name, OUTPUT, name, shape, fmt, par))
    found.append(streams.checkpoint("gate", "o", "network", "result", name, shape, fmt, par))
    return tuple(found)


def tapped(
    verilog: str, top: str, checkpoints: Sequence[Checkpoint], streams: Sequence[str] = ()
) -> str:
    """The same Verilog, and behind it a test bench that writes down what passes.

    ``streams`` are as :func:`bench_verilog` takes them.
    """
    taps = [checkpoint.tap for checkpoint in checkpoints]
    return verilog + bench_verilog(port_widths(verilog, top), top, streams=streams, taps=taps)


class _Streams:
    """The streams of the instances in the module ``core``, by their names in the Verilog."""

    def __init__(self, plan: Plan, verilog: str, top: str):
        self.verilog = verilog
        self.names = signal_names(Accelerator(plan), name=top, family=plan.target.family)

    def checkpoint(
        self,
        instance: str,
        port: str,
        layer: str,
        place: str,
        source: str,
        shape: Shape,
        fmt: ActFormat,
        par: int,
    ) -> Checkpoint:
        valid, ready, payload = (
            self._signal(instance, port, part) for part in ("valid", "ready", "payload")
        )
        tap = Tap(
            name=re.sub(r"\W", "_", f"{layer}_{port}", flags=re.ASCII),
            path=(CORE, instance),
            valid=valid,
            ready=ready,
            payload=payload,
            value_width=fmt.width,
            par=par,
            beats_per_pixel=n_beats(shape[2], par),
            pixels=shape[0] * shape[1],
            signed=fmt.signed,
        )
        return Checkpoint(tap, layer, place, source, shape)

    def _signal(self, instance: str, port: str, part: str) -> str:
        """Name of a signal of an instance's stream."""
        name = self.names[(CORE, instance)][f"{port}.{part}"]
        if not re.search(
            rf"^  (?:wire|reg) .*\\?{re.escape(name)} ?(?:=.*)?;$", self.verilog, re.M
        ):
            raise ValueError(
                f"The Verilog has no signal {name} of {CORE}.{instance}; generate the design again"
            )
        return name
