"""What the prover says of designs whose truth is known."""

import numpy as np
import pytest
from amaranth.hdl import Instance, Mux, Signal, signed, unsigned
from bitwuzla import Bitwuzla, Option, Options, TermManager

from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.interpreter import evaluate
from shiftconv.flow.prover.prove import prove
from shiftconv.flow.prover.transition_system import read_btor
from shiftconv.flow.prover.translate import transition_system
from shiftconv.flow.prover.verdict import Proof
from shiftconv.flow.prover.waves import input_lines, vcd_text
from shiftconv.flow.tools import ToolError


def _prove(make, **options):
    return prove(Proof(name="here", make=make), **options)


def _counter(limit, *, claim_below, **options):
    """Counts up where ``go`` is high, and wraps at ``limit``."""
    bench = Bench(**options)
    go, count = bench.free("go"), Signal(4, name="count")
    with bench.m.If(go):
        bench.m.d.sync += count.eq(Mux(count == limit - 1, 0, count + 1))
    bench.claim("small", count < claim_below)
    bench.cover("all", count == limit - 1)
    return bench


@pytest.mark.parametrize("options", [{"bound": 8, "induction": 3}, {"exhaustive": True}])
def test_refuted_with_shortest_trace(options):
    verdict = _prove(lambda: _counter(10, claim_below=5, **options))
    assert (verdict.status, verdict.sentences) == ("refuted", ("small",))
    assert [cycle["count"] for cycle in verdict.trace.cycles] == [0, 1, 2, 3, 4, 5]
    assert [cycle["go"] for cycle in verdict.trace.cycles[:-1]] == [1] * 5
    assert verdict.trace.inputs == ("go",)
    assert input_lines(verdict.trace)[0] == "cycle 0: go=0x1"


def test_waves():
    trace = _prove(lambda: _counter(4, claim_below=2, bound=4)).trace
    text = vcd_text(trace)
    assert "$var wire 4" in text
    assert "#20" in text


def test_induction():
    verdict = _prove(lambda: _counter(5, claim_below=5, bound=6, induction=1))
    assert (verdict.status, verdict.method, verdict.cycles) == ("proved", "induction", 1)


def test_bounded_where_induction_fails():
    verdict = _prove(lambda: _counter(5, claim_below=12, bound=6, induction=2))
    assert (verdict.status, verdict.method, verdict.cycles) == ("proved", "bounded", 6)


def test_exhaustive():
    verdict = _prove(lambda: _counter(5, claim_below=5, exhaustive=True))
    assert (verdict.status, verdict.states, verdict.cycles) == ("proved", 5, 5)


@pytest.mark.parametrize("options", [{"bound": 4, "induction": 1}, {"exhaustive": True}])
def test_contradicting_assumptions_are_vacuous(options):
    def make():
        bench = _counter(3, claim_below=3, **options)
        bench.assume("never", 0)
        return bench

    verdict = _prove(make)
    assert (verdict.status, verdict.sentences) == ("vacuous", ("all",))


def test_no_time():
    assert _prove(lambda: _counter(5, claim_below=5, bound=6), time_limit=0.0).status == "open"


@pytest.mark.parametrize(("stops", "status"), [(False, "proved"), (True, "refuted")])
def test_progress(stops, status):
    def make():
        bench = Bench(exhaustive=True)
        go, count = bench.free("go"), Signal(3, name="count")
        with bench.m.If(go & ~((count == 5) & stops)):
            bench.m.d.sync += count.eq(count + 1)
        bench.claim_progress("it wraps", count == 7, 8)
        return bench

    verdict = _prove(make)
    assert verdict.status == status
    assert verdict.sentences == (("it wraps",) if stops else ())


def test_twins_help():
    """Two counters in lockstep, which no short induction knows to be equal."""

    def make():
        bench = Bench(bound=3, induction=1)
        go, started = bench.free("go"), Signal()
        a, b = Signal(8, name="a"), Signal(8, name="b")
        bench.m.d.sync += [a.eq(a + go), b.eq(b + go), started.eq(a == b)]
        bench.claim("alike", started | (a == 0))
        return bench

    verdict = _prove(make)
    assert (verdict.status, verdict.method) == ("proved", "induction")


def _lut(init):
    bench = Bench(bound=1, induction=1)
    inputs, out = bench.free("inputs", 6), Signal()
    pins = {f"i_I{n}": inputs[n] for n in range(6)}
    bench.m.submodules.lut = Instance("LUT6_2", p_INIT=init, o_O6=out, o_O5=Signal(), **pins)
    bench.claim("all of them", out == inputs.all())
    return bench


@pytest.mark.parametrize(("init", "status"), [(1 << 63, "proved"), (3 << 62, "refuted")])
def test_vendor_models(init, status):
    proof = Proof(name="lut", make=lambda: _lut(init), family="xcup")
    assert prove(proof).status == status


def test_cell_without_a_model():
    with pytest.raises(ToolError, match="no public simulation model of the cell LUT6_2 of ice40"):
        prove(Proof(name="lut", make=lambda: _lut(0), family="ice40"))


def test_solver_and_interpreter_agree(rng):
    """Every operator that they share, on random values of several widths."""
    bench = Bench()
    a, b = bench.free("a", signed(7)), bench.free("b", signed(7))
    wide = bench.free("wide", unsigned(80))
    amount = bench.free("amount", 3)
    results = [a + b, a - b, a * b, a & b, a | b, a ^ b, ~a, -a, a == b, a != b, a < b, a <= b]
    results += [a > b, a >= b, a.all(), a.any(), a.xor(), a << amount, b ^ amount, Mux(b, a, 3)]
    results += [wide + a, wide[60:75], wide >> amount, a.as_unsigned() < b.as_unsigned()]
    for n, result in enumerate(results):
        bench.show(f"result{n}", result)
    system = transition_system(bench)
    for _ in range(20):
        values = {
            number: int.from_bytes(rng.bytes(10), "little") % 2**width
            for number, (_, width) in system.inputs.items()
        }
        arrays = {
            number: np.array([value], dtype=object if system.width(number) > 64 else np.uint64)
            for number, value in values.items()
        }
        tm = TermManager()
        terms = {
            number: tm.mk_bv_value(tm.mk_bv_sort(system.width(number)), value)
            for number, value in values.items()
        }
        found, said = evaluate(system, arrays), system.evaluate(tm, terms)
        for number in system.nodes:
            assert int(found[number][0]) == _value(tm, said[number])


def _value(tm, term):
    """What a term without variables is."""
    options = Options()
    options.set(Option.PRODUCE_MODELS, True)
    solver = Bitwuzla(tm, options)
    solver.check_sat()
    return int(solver.get_value(term).value(10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 sort bitvec 2\n2 sort array 1 1", "BTOR2 with arrays cannot be read: 2 sort array"),
        ("1 sort bitvec 2\n2 rol 1 3 4", "BTOR2 operator is not known: 2 rol 1 3 4"),
    ],
)
def test_unreadable(text, message):
    with pytest.raises(ValueError, match=message):
        read_btor(text)


def test_too_many_inputs_to_try():
    def make():
        bench = Bench(exhaustive=True)
        bench.claim("any", bench.free("a", 7) != 100)
        return bench

    with pytest.raises(ValueError, match="7 bits of inputs are too many to try them all"):
        _prove(make)
