"""Every component keeps the rules of streams, as long as its neighbours do."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.hdl import Signal

from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.proofs._handshakes import Handshake, handshakes, plain_inputs
from shiftconv.flow.proofs._instance import Instance
from shiftconv.flow.proofs._stream_components import STREAM_COMPONENTS
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof

__all__ = ["Streams", "stream_bench"]


class Streams(ProofKind):
    """A table has a small instance of each."""

    kind: ClassVar[str] = "stream"
    about: ClassVar[str] = "valid and payload hold until taken; valid does not wait for ready"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        for name, instance in STREAM_COMPONENTS.items():
            if every or not instance.large:
                yield Proof(name=f"{cls.kind}/{name}", make=partial(_bench_of, name))


def _bench_of(name: str) -> Bench:
    """By name, for processes cannot hand functions of the table to each other."""
    return stream_bench(STREAM_COMPONENTS[name])


def stream_bench(instance: Instance) -> Bench:
    """A component between neighbours that do whatever the rules of streams allow."""
    bench = Bench(bound=instance.cycles, induction=3)
    component = instance.make()
    bench.add("dut", component)
    for name, port in plain_inputs(component).items():
        bench.drive(name, port)
    streams = handshakes(component)
    for stream in streams:
        name = stream.name
        if stream.inward:
            bench.drive(f"{name}_valid", stream.valid)
            bench.drive(f"{name}_payload", stream.payload)
            bench.show(f"{name}_ready", stream.ready)
            bench.assume(f"{name} holds until taken", holds(bench, stream))
        else:
            bench.drive(f"{name}_ready", stream.ready)
            bench.show(f"{name}_valid", stream.valid)
            bench.show(f"{name}_payload", stream.payload)
            bench.claim(f"{name} holds until taken", holds(bench, stream))
            for other in streams:
                if not other.inward:
                    bench.claim_independent(f"{name}_valid", f"{other.name}_ready")
            bench.cover(f"{name} waits", stream.valid & ~stream.ready)
        bench.cover(f"{name} moves", stream.valid & stream.ready)
    if instance.promise is not None:
        bench.assume(*instance.promise(component))
    return bench


def holds(bench: Bench, stream: Handshake) -> Signal:
    """Whether what was not taken in the cycle before is still there."""
    waiting = Signal(name=f"{stream.name}_waiting")
    before = Signal(len(stream.payload), name=f"{stream.name}_before")
    bench.m.d.sync += [
        waiting.eq(stream.valid & ~stream.ready),
        before.eq(stream.payload),
    ]
    return ~waiting | (stream.valid & (stream.payload == before))
