"""Drive a component's streams in Amaranth's simulator."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from amaranth.hdl import Value
from amaranth.lib import wiring
from amaranth.sim import Simulator

__all__ = ["StreamError", "StreamRecording", "simulate_streams"]


class StreamError(RuntimeError):
    """The component broke a rule of its output stream, or nothing moved for too long."""


@dataclass
class StreamRecording:
    """What left an output stream.

    Parameters
    ----------
    payloads : list of int
        Bits of each transfer's payload.
    cycles : list of int
        Cycle of each transfer, counted from reset.
    flags : int
        Cycles in which the watched flag was high.
    input_cycles : list of int
        Cycle of each transfer on the first input stream.
    """

    payloads: list[int] = field(default_factory=list)
    cycles: list[int] = field(default_factory=list)
    flags: int = 0
    input_cycles: list[int] = field(default_factory=list)

    @property
    def first_input(self) -> int:
        """Cycle of the first transfer on the first input stream."""
        return self.input_cycles[0]


def simulate_streams(
    component: wiring.Component,
    inputs: Mapping[str, Sequence[int]],
    n_outputs: int,
    *,
    stall: float | tuple[float, float] = 0.0,
    stall_from: float = 0.0,
    rng: np.random.Generator | None = None,
    watchdog: int = 10_000,
    output: str = "o",
    flag: str | None = None,
    vcd: Path | None = None,
) -> StreamRecording:
    """Send payloads into the input streams and record the output stream.

    Parameters
    ----------
    component : Component
    inputs : mapping of str to sequence of int
        Payload bits for each input stream, by member name.
    n_outputs : int
        Transfers to wait for.
    stall : float or (float, float)
        Chance that a side pauses in a cycle; of the inputs and of the output, if they differ.
    stall_from : float
        Share of each stream's transfers that no pause comes before.
    rng : numpy Generator, optional
        Source of the pauses, and of what lies on a payload while it is not valid.
    watchdog : int
        Give up after so many cycles without a transfer at the output.
    output : str
        Member name of the output stream.
    flag : str, optional
        One-bit output whose high cycles are counted.
    vcd : Path, optional
        Write waves here.

    Raises
    ------
    StreamError
        If ``valid`` falls or the payload changes before it is taken, or the watchdog barks.
    """
    rng = rng or np.random.default_rng(0)
    stall_in, stall_out = stall if isinstance(stall, tuple) else (stall, stall)
    recording = StreamRecording()
    simulator = Simulator(component)
    simulator.add_clock(1e-8)

    def pauses(chance, n_done, n_all):
        return chance and n_done >= round(stall_from * n_all) and rng.random() < chance

    def source(port, payloads, is_first):
        async def process(ctx):
            payload = Value.cast(port.payload).as_unsigned()
            cycle = 0
            for n, bits in enumerate(payloads):
                while pauses(stall_in, n, len(payloads)):
                    ctx.set(port.valid, 0)
                    ctx.set(payload, int.from_bytes(rng.bytes(len(payload) // 8 + 1), "little"))
                    await ctx.tick()
                    cycle += 1
                ctx.set(payload, bits)
                ctx.set(port.valid, 1)
                ready = 0
                while not ready:
                    _, _, ready = await ctx.tick().sample(port.ready)
                    cycle += 1
                if is_first:
                    recording.input_cycles.append(cycle)
            ctx.set(port.valid, 0)

        return process

    async def sink(ctx):
        port = getattr(component, output)
        payload = Value.cast(port.payload).as_unsigned()
        watched = [getattr(component, flag)] if flag else []
        held = None
        cycle = quiet_since = 0
        while len(recording.payloads) < n_outputs:
            ready = not pauses(stall_out, len(recording.payloads), n_outputs)
            ctx.set(port.ready, ready)
            _, _, valid, bits, *flags = await ctx.tick().sample(port.valid, payload, *watched)
            cycle += 1
            recording.flags += sum(flags)
            if held is not None and not valid:
                raise StreamError(f"valid fell in cycle {cycle} before the payload was taken")
            if held is not None and bits != held:
                raise StreamError(f"the payload changed in cycle {cycle} before it was taken")
            held = bits if valid and not ready else None
            if valid and ready:
                recording.payloads.append(bits)
                recording.cycles.append(cycle)
                quiet_since = cycle
            if cycle - quiet_since >= watchdog:
                raise StreamError(
                    f"nothing came out for {watchdog} cycles "
                    f"after {len(recording.payloads)} of {n_outputs} transfers"
                )

    for n, (name, payloads) in enumerate(inputs.items()):
        process = source(getattr(component, name), payloads, is_first=n == 0)
        simulator.add_testbench(process, background=True)
    simulator.add_testbench(sink)
    with simulator.write_vcd(str(vcd)) if vcd else nullcontext():
        simulator.run()
    return recording
