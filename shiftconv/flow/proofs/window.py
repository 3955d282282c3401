"""The windows of small images: every word that leaves holds the pixels that it should."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring

from quant.geometry import Geometry
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.proofs._handshakes import Handshake
from shiftconv.flow.proofs._window_order import FRONTS, PADDING, Front, Image, Word
from shiftconv.flow.proofs.stream import holds
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof

__all__ = ["Windows", "window_bench"]

ACT = unsigned(6)
N_FRAMES = 2
LATENCY = 8
SMALL = [Image(Geometry(2, 2, (2, 2), (1, 1), (1, 0, 0, 1)), 1, 1, ACT)]
MORE = [
    Image(Geometry(2, 2, (2, 2)), 1, 1, ACT),
    Image(Geometry(2, 3, (2, 2), (1, 2), (1, 1, 0, 0)), 3, 2, ACT),
    Image(Geometry(3, 2, (3, 1), (2, 1), (1, 0, 1, 0)), 2, 1, ACT),
    Image(Geometry(3, 3, (3, 3), (1, 1), (1, 1, 1, 1)), 1, 1, ACT),
    Image(Geometry(4, 3, (1, 1), (2, 2)), 2, 1, ACT),
    Image(Geometry(2, 2, (2, 2), (1, 1), (1, 1, 1, 1)), 3, 1, ACT),
    Image(Geometry(1, 4, (1, 3), (1, 1), (0, 2, 0, 1)), 1, 1, ACT),
    Image(Geometry(4, 1, (3, 1), (1, 1), (0, 0, 2, 0)), 1, 1, ACT),
]


class Windows(ProofKind):
    """Frames one after the other for ever, with any pauses on both sides.

    What the components do does not depend on what they carry, so every activation of two frames is
    a number of its own, and each word must have the right ones.
    """

    kind: ClassVar[str] = "window"
    about: ClassVar[str] = "words hold the pixels of the golden model's windows, in order"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        for image in SMALL + (MORE if every else []):
            geo = image.geometry
            for name, front in FRONTS.items():
                yield Proof(
                    name=f"{cls.kind}/{name}/{geo.height}x{geo.width}x{image.channels}by"
                    f"{image.in_par}/k{_text(geo.kernel)}/s{_text(geo.stride)}"
                    f"/p{_text(geo.padding)}",
                    make=partial(window_bench, front, image),
                )


def _text(numbers: tuple[int, ...]) -> str:
    return "x".join(map(str, numbers))


def window_bench(front: Front, image: Image) -> Bench:
    """Numbered pixels go in; each word that comes out is compared with those it should hold."""
    bench = Bench(exhaustive=True)
    m = bench.m
    parts = front.make(image)
    for n, part in enumerate(parts):
        bench.add(f"part{n}", part)
    for before, after in pairwise(parts):
        wiring.connect(m, before.o, after.i)
    i, o = parts[0].i, parts[-1].o
    words = front.words(image)

    # Frames come again and again, the even ones all alike and the odd ones.
    fed = _counter(m, "fed", N_FRAMES * image.n_beats, i.valid & i.ready)
    pixels = _tags(image)
    beat_width = image.in_par * image.act.width
    source, sink = Handshake.of("i", i, inward=True), Handshake.of("o", o, inward=False)
    bench.drive("i_valid", i.valid)
    bench.assume("i holds until taken", holds(bench, source))
    m.d.comb += [
        Value.cast(i.p.data).eq(pixels.word_select(fed, beat_width)),
        i.p.last.eq((fed == image.n_beats - 1) | (fed == N_FRAMES * image.n_beats - 1)),
    ]

    left = _counter(m, "left", N_FRAMES * len(words), o.valid & o.ready)
    bench.drive("o_ready", o.ready)
    bench.show("o_valid", o.valid)
    bench.show("o_payload", o.p)
    expected = Signal(len(sink.payload), name="expected")
    with m.Switch(left):
        for n in range(N_FRAMES * len(words)):
            frame, word = divmod(n, len(words))
            with m.Case(n):
                m.d.comb += expected.eq(_contents(words[word], frame, pixels, image))
    bench.claim("o holds until taken", holds(bench, sink))
    bench.claim("o is the next word", ~o.valid | (sink.payload == expected))
    taken = o.valid & o.ready
    bench.claim_progress("a word leaves if nobody pauses", taken, image.n_beats + LATENCY)
    bench.cover("the last word leaves", taken & (left == N_FRAMES * len(words) - 1))
    bench.cover("a word waits", o.valid & ~o.ready)
    return bench


def _counter(m: Module, name: str, length: int, moves: Value) -> Signal:
    """How often something has moved, over and over again."""
    count = Signal(range(length), name=name)
    with m.If(moves):
        m.d.sync += count.eq(Mux(count == length - 1, 0, count + 1))
    return count


def _tags(image: Image) -> Value:
    """A different number other than zero for every activation of both frames."""
    n_values = N_FRAMES * image.n_beats * image.in_par
    return Cat(Const(n + 1, image.act.width) for n in range(n_values))


def _contents(word: Word, frame: int, pixels: Value, image: Image) -> Value:
    """A word's payload: its values, the first lowest, and its marks."""
    width = image.act.width
    start = frame * image.n_beats * image.in_par
    values = [
        Const(0, width) if number == PADDING else pixels.word_select(start + number, width)
        for number in word.values.tolist()
    ]
    return Cat(values, Const(word.first, 1), Const(word.last, 1))
