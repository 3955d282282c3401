"""Evaluate a component that has no clock."""

from operator import attrgetter

from amaranth.hdl import Value
from amaranth.sim import Simulator

__all__ = ["evaluate"]


def evaluate(component, points, outputs):
    """Values of the named output ports, a tuple for each point.

    Parameters
    ----------
    points : iterable of dict
        Values of the input ports by name, such as ``"act"`` or ``"i.payload"``.
    outputs : sequence of str
    """
    results = []

    def port(name):
        return Value.cast(attrgetter(name)(component))

    async def bench(ctx):
        for point in points:
            for name, value in point.items():
                ctx.set(port(name), value)
            await ctx.delay(1e-9)
            results.append(tuple(ctx.get(port(name)) for name in outputs))

    simulator = Simulator(component)
    simulator.add_testbench(bench)
    simulator.run()
    return results
