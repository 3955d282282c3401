"""Wrong designs are refuted: no proof is about nothing."""

import gc
from dataclasses import replace
from functools import partial

import pytest
from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.flow.proofs import dot_product, quotient, requantize
from shiftconv.flow.proofs._stream_components import Instance
from shiftconv.flow.proofs._window_order import FRONTS, Image
from shiftconv.flow.proofs.dot_product import dot_product_bench
from shiftconv.flow.proofs.stream import stream_bench
from shiftconv.flow.proofs.window import window_bench
from shiftconv.flow.prover.prove import prove
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.dot_products.naive import Naive
from shiftconv.gateware.dot_products.tree import Tree
from shiftconv.gateware.lane import Lane
from shiftconv.gateware.line_buffer import LineBuffer
from shiftconv.gateware.quotient import Quotient
from shiftconv.gateware.requantize import Requantize
from shiftconv.gateware.row_schedule import RowSchedule, RowStep


def _refuted(make):
    """The sentences that a bench's design breaks; a mutant that proves something is none."""
    verdict = prove(Proof(name="mutant", make=make))
    # Amaranth warns of parts without use when they are let go.
    gc.collect()
    assert verdict.status == "refuted"
    return verdict


class BrokenLane(Lane):
    """A lane whose ``term`` and ``ones`` a mutant bends."""

    def __init__(self, bend, **options):
        super().__init__(**options)
        self.bend = bend

    def elaborate(self, platform):
        m = Module()
        m.submodules.lane = lane = Lane(codebook=self.codebook, act=self.act.shape())
        m.d.comb += [lane.act.eq(self.act), lane.code.eq(self.code)]
        term, ones = self.bend(self, lane)
        m.d.comb += [self.term.eq(term), self.ones.eq(ones)]
        return m


LANE_MUTANTS = {
    "wrong sign": lambda outer, lane: (~lane.term, ~lane.ones),
    "dropped one": lambda outer, lane: (lane.term, 0),
    "shift by one more": lambda outer, lane: (lane.term << 1, lane.ones),
    "most negative product": lambda outer, lane: (
        Mux(lane.term == -(2 ** (len(lane.term) - 2)), 0, lane.term),
        lane.ones,
    ),
    "one code of all": lambda outer, lane: (Mux(outer.code == 5, 0, lane.term), lane.ones),
}


@pytest.mark.parametrize("bend", LANE_MUTANTS.values(), ids=LANE_MUTANTS)
@pytest.mark.parametrize("lanes", [1, 2])
def test_wrong_lanes(bend, lanes):
    class Mutant(Tree):
        def make_lane(self):
            return BrokenLane(bend, codebook=self.codebook, act=self.act_shape)

    verdict = _refuted(
        partial(dot_product_bench, Mutant, codebook=PowerOfTwo(2), act=signed(4), lanes=lanes)
    )
    assert verdict.sentences == ("total is the sum since the last restart",)
    assert verdict.trace is not None
    assert {"en", "restart", "accumulate", "act0", "code0"} <= set(verdict.trace.inputs)
    last = verdict.trace.cycles[-1]
    assert last["total"] != last["reference_total"]


def test_wrong_reference(monkeypatch):
    """A naive structure that negates at the width of the shifted activation, and forgets a bit."""

    class Narrow(Naive):
        def _product(self, m, act, code, n):
            product = super()._product(m, act, code, n)
            return product[: len(product) - 1].as_signed()

    monkeypatch.setattr(dot_product, "Naive", Narrow)
    size = {"codebook": PowerOfTwo(1), "act": signed(3), "lanes": 1}
    _refuted(partial(dot_product_bench, Narrow, **size))
    _refuted(partial(dot_product_bench, Tree, **size))


def test_sum_that_does_not_stand_still():
    class Restless(Tree):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            with m.If(~self.en & self.restart):
                m.d.sync += self.total.eq(0)
            return m

    make = partial(dot_product_bench, Restless, codebook=PowerOfTwo(1), act=signed(3), lanes=1)
    assert _refuted(make).method == "bounded"


def test_late_sum():
    class Late(Tree):
        @classmethod
        def latency_of(cls, codebook, lanes):
            return Tree.latency_of(codebook, lanes) + 1

    _refuted(partial(dot_product_bench, Late, codebook=PowerOfTwo(1), act=signed(3), lanes=1))


class NeverSticky(Requantize):
    """Forgets what a fixed shift drops."""

    def _fixed_shift(self, acc):
        kept, _ = super()._fixed_shift(acc)
        return kept, 0


class Wraps(Requantize):
    """Does not saturate."""

    def _clamp(self, value):
        return value


class ClampsLow(Requantize):
    """Saturates one below the top."""

    def _clamp(self, value):
        clamped = super()._clamp(value)
        return Mux(clamped == self.out_format.hi, self.out_format.hi - 1, clamped)


class RoundsUp(Requantize):
    """Takes half up, not to even."""

    def _fixed_shift(self, acc):
        kept, _ = super()._fixed_shift(acc)
        return kept, 1


@pytest.mark.parametrize("mutant", [NeverSticky, Wraps, ClampsLow, RoundsUp])
def test_wrong_requantization(mutant, monkeypatch):
    monkeypatch.setattr(requantize, "Requantize", mutant)
    make = partial(requantize.requantize_bench, 9, ActFormat(4, 0, True), 2, 4)
    verdict = _refuted(make)
    assert verdict.sentences == ("it is the nearest that the format has, of two the even one",)


def test_wrong_quotient(monkeypatch):
    class HalfUp(Quotient):
        @staticmethod
        def _times(value, constant):
            return Quotient._times(value, constant + 1)

    monkeypatch.setattr(quotient, "Quotient", HalfUp)
    _refuted(partial(quotient.quotient_bench, 0, 40, (5,)))


class Slice(wiring.Component):
    """A register of a stream that a mutant bends."""

    def __init__(self, bend):
        self.bend = bend
        beats = stream.Signature(unsigned(2))
        super().__init__({"i": In(beats), "o": Out(beats)})

    def elaborate(self, platform):
        m = Module()
        valid, payload, free = Signal(), Signal(2), Signal()
        m.d.comb += [self.o.valid.eq(valid), self.o.p.eq(payload), self.i.ready.eq(free)]
        m.d.comb += free.eq(~valid | self.o.ready)
        with m.If(free):
            m.d.sync += [valid.eq(self.i.valid), payload.eq(self.i.p)]
        self.bend(self, m, valid, payload)
        return m


def _drops_valid(outer, m, valid, payload):
    with m.If(~outer.i.valid):
        m.d.sync += valid.eq(0)


def _changes_payload(outer, m, valid, payload):
    with m.If(valid & ~outer.o.ready & outer.i.valid):
        m.d.sync += payload.eq(outer.i.p)


def _waits(outer, m, valid, payload):
    m.d.comb += outer.o.valid.eq(valid & (outer.o.ready | outer.i.valid))


@pytest.mark.parametrize(
    ("bend", "sentence"),
    [
        (_drops_valid, "o holds until taken"),
        (_changes_payload, "o holds until taken"),
        (_waits, "o_valid does not depend on o_ready within a cycle"),
    ],
)
def test_broken_streams(bend, sentence):
    verdict = _refuted(partial(stream_bench, Instance(lambda: Slice(bend))))
    assert sentence in verdict.sentences


def test_intact_stream():
    make = partial(stream_bench, Instance(lambda: Slice(lambda *parts: None)))
    assert prove(Proof(name="intact", make=make)).status == "proved"


IMAGE = Image(Geometry(2, 2, (2, 2), (1, 1), (1, 0, 0, 1)), 1, 1, unsigned(6))


@pytest.mark.parametrize("change", [{"start": 1}, {"inner_step": 0}, {"pass_step": 1}])
def test_wrong_read_order(change):
    front = FRONTS["conv_column"]

    def make_parts(image):
        [buffer] = front.make(image)
        return [
            LineBuffer(
                geometry=image.geometry,
                channels=1,
                act=image.act,
                in_par=1,
                order=replace(buffer.order, **change),
                whole_columns=True,
            )
        ]

    wrong = replace(front, make=make_parts)
    with pytest.warns(Warning, match="created but never used"):
        verdict = _refuted(partial(window_bench, wrong, IMAGE))
    assert "o is the next word" in verdict.sentences


@pytest.mark.parametrize(
    "bend",
    [
        lambda step: RowStep(max(step.need - 1, 0), step.free, step.inside),
        lambda step: RowStep(step.need, step.free, 3),
        lambda step: RowStep(step.need, 0, step.inside),
    ],
    ids=["too early", "no padding", "nothing freed"],
)
def test_wrong_schedule(bend, monkeypatch):
    steps = RowSchedule(IMAGE.geometry, 2, 1).steps
    monkeypatch.setattr(RowSchedule, "steps", tuple(map(bend, steps)))
    verdict = _refuted(partial(window_bench, FRONTS["conv_pixel"], IMAGE))
    assert "o is the next word" in verdict.sentences
