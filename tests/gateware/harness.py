"""Drive a component's streams in Amaranth's simulator, with stalls on both sides and a watchdog."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Value
from amaranth.sim import Simulator

__all__ = ["Recording", "payload_bits", "simulate_streams"]


@dataclass
class Recording:
    """What came out of one stream: payload bits and the cycle of each transfer."""

    payloads: list[int]
    cycles: list[int]


def simulate_streams(
    component, inputs, n_outputs, *, stall=0.0, rng=None, watchdog=2_000, output="o"
):
    """Send payloads into input streams and record the output stream.

    Parameters
    ----------
    component : Component
    inputs : dict of str to sequence of int
        Payload bits for each input stream, by member name.
    n_outputs : int
        Transfers to wait for.
    stall : float
        Chance that a side holds back in a cycle.
    watchdog : int
        Fail after that many cycles without a transfer on any stream.

    Returns
    -------
    Recording
    """
    rng = rng or np.random.default_rng(0)
    recording = Recording([], [])
    progress = {"cycle": 0, "last": 0}
    simulator = Simulator(component)
    simulator.add_clock(1e-6)

    def source(port, payloads):
        async def process(ctx):
            payload = Value.cast(port.payload)
            for bits in payloads:
                while stall and rng.random() < stall:
                    ctx.set(port.valid, 0)
                    await ctx.tick()
                ctx.set(payload, bits)
                ctx.set(port.valid, 1)
                _, _, ready = await ctx.tick().sample(port.ready)
                while not ready:
                    _, _, ready = await ctx.tick().sample(port.ready)
                progress["last"] = progress["cycle"]
            ctx.set(port.valid, 0)

        return process

    async def sink(ctx):
        port = getattr(component, output)
        payload = Value.cast(port.payload)
        held = None
        while len(recording.payloads) < n_outputs:
            ready = not (stall and rng.random() < stall)
            ctx.set(port.ready, ready)
            _, _, valid, bits = await ctx.tick().sample(port.valid, payload)
            progress["cycle"] += 1
            if held is not None:
                assert valid, "valid fell before the payload was taken"
                assert bits == held, "the payload changed before it was taken"
            held = bits if valid and not ready else None
            if valid and ready:
                recording.payloads.append(bits)
                recording.cycles.append(progress["cycle"])
                progress["last"] = progress["cycle"]
            assert progress["cycle"] - progress["last"] < watchdog, (
                f"nothing moved for {watchdog} cycles "
                f"after {len(recording.payloads)} of {n_outputs} outputs"
            )

    for name, payloads in inputs.items():
        simulator.add_testbench(source(getattr(component, name), payloads), background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return recording


def payload_bits(values, width):
    """Concatenate integers of ``width`` bits, the first lowest."""
    return sum((int(value) % 2**width) << n * width for n, value in enumerate(values))
