"""A counterexample as waves, and its inputs as text."""

from io import StringIO

from vcd import VCDWriter

from shiftconv.flow.prover.trace import Trace

__all__ = ["input_lines", "vcd_text"]

CYCLE_NS = 10


def vcd_text(trace: Trace) -> str:
    """A value change dump: one clock of 10 ns per cycle, scopes where names have dots."""
    text = StringIO()
    with VCDWriter(text, timescale="1 ns", date="") as writer:
        clock = writer.register_var("bench", "clk", "wire", size=1, init=0)
        variables = {}
        for name, width in sorted(trace.widths.items()):
            *scopes, leaf = name.split(".")
            variables[name] = writer.register_var(
                ".".join(["bench", *scopes]), leaf, "wire", size=width, init=0
            )
        for cycle, values in enumerate(trace.cycles):
            writer.change(clock, cycle * CYCLE_NS, 1)
            for name, value in values.items():
                writer.change(variables[name], cycle * CYCLE_NS, value)
            writer.change(clock, cycle * CYCLE_NS + CYCLE_NS // 2, 0)
    return text.getvalue()


def input_lines(trace: Trace) -> list[str]:
    """The inputs of each cycle."""
    return [
        f"cycle {cycle}: " + " ".join(f"{name}={values[name]:#x}" for name in trace.inputs)
        for cycle, values in enumerate(trace.cycles)
    ]
