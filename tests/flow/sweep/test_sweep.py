"""What a sweep finds, keeps, loses and does not do twice."""

from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest

from boards import find_board
from quant.evaluate import evaluate
from shiftconv.area import Area
from shiftconv.flow.generate import generate_network
from shiftconv.flow.models import quantize, samples_of
from shiftconv.flow.sweep import measure
from shiftconv.flow.sweep import sweep as sweep_module
from shiftconv.flow.sweep.points import Choices
from shiftconv.flow.sweep.sources import network_of, onnx_of, read_source
from shiftconv.flow.sweep.store import SweepStore
from shiftconv.flow.sweep.sweep import load_images, sweep
from shiftconv.flow.sweep.tasks import LostError
from shiftconv.flow.synthesis.design_synthesis import synth_design
from shiftconv.plan import Found, make_plan
from shiftconv.target import Target
from shiftconv.wishes import Share, Wishes
from tests.flow.sweep.models import float_file, images_file, quantized_file, samples_file

ZCU102 = Choices(boards=("zcu102",), max_cycles=(100, 2000))


class Here:
    """Does tasks in this process, and remembers them; some are lost."""

    def __init__(self, lose=()):
        self.lose, self.done = lose, []

    def __call__(self, tasks):
        for task in tasks:
            self.done.append(task.function.__name__.removeprefix("measure_"))
            if len(self.done) in self.lose:
                yield task, LostError("it died")
            else:
                yield task, task.function(task.shared, *task.arguments)


@pytest.fixture
def variants(tmp_path):
    source = read_source(str(float_file(tmp_path)), calibrate=samples_file(tmp_path))
    return list(source.variants(("nearest", "shift-cnn"), (3, 4), (8,)))


@pytest.fixture
def swept(tmp_path):
    """A function that sweeps into one file; more arguments go to ``sweep``."""
    store = SweepStore(tmp_path / "sweep.sqlite")

    def call(variants, choices=ZCU102, run=None, images=None, **how):
        return sweep(variants, choices, store=store, run=run or Here(), images=images or {}, **how)

    return call


def test_rows_are_the_plans_of_each_network(tmp_path, variants, swept):
    found = swept(variants)
    assert (found.n_known, found.lost) == (0, [])
    assert [(row["scheme"], row["bits"], row["max_cycles"]) for row in found.rows] == [
        (scheme, bits, cycles)
        for scheme in ("nearest", "shift-cnn")
        for bits in (3, 4)
        for cycles in (100, 2000)
    ]
    refused = [row for row in found.rows if (row["scheme"], row["bits"]) == ("shift-cnn", 3)]
    assert all("must be one of 4, 6, 8, not 3" in row["error"] for row in refused)
    samples = samples_of(str(tmp_path / "tiny.onnx"), tmp_path / "samples.npz")
    how = {"act_width": 8, "calibration": "min_max"}
    for row in found.rows:
        if row in refused:
            assert row["cycles"] is row["lut"] is row["method"] is None
            continue
        network = quantize(
            str(tmp_path / "tiny.onnx"), samples, scheme=row["scheme"], bits=row["bits"], **how
        )
        best = Wishes(max_cycles=row["max_cycles"]).best_plan(network, find_board("zcu102"))
        plan, area = best.plan, best.plan.area
        assert (row["cycles"], row["lanes"]) == (plan.cycles_per_frame, plan.lanes)
        assert (row["lut"], row["ff"], row["bram"]) == (area.lut, area.ff, area.bram)
        assert (row["latency"], row["big_ram"]) == (plan.latency_cycles, area.big_ram)
        assert (row["method"], row["error"], row["dsp"]) == ("estimated", None, 0)
        assert row["proved"] == best.proved
    fast, slow = found.rows[:2]
    assert fast["lut"] > slow["lut"] > 0


def test_nothing_is_done_twice(variants, swept):
    first = Here()
    once = swept(variants, run=first)
    # A network that cannot be had has no points to measure.
    assert sorted(first.done) == ["network"] * 4 + ["point"] * 6
    again = Here()
    assert swept(variants, run=again).rows == once.rows
    assert again.done == []
    more = Here()
    found = swept(variants, replace(ZCU102, max_cycles=(500, 2000)), run=more)
    assert more.done == ["point"] * 3
    assert found.n_known == 4
    assert found.rows[1::2] == once.rows[1::2]


def test_what_is_lost_is_missing_and_the_rest_is_not(variants, swept):
    found = swept(variants, run=Here(lose={1, 6}))
    assert [lost["why"] for lost in found.lost] == ["it died"] * 2
    # The network of two points, and a point.
    assert len(found.rows) == 8 - 3
    again = Here()
    assert len(swept(variants, run=again).rows) == 8
    assert sorted(again.done) == ["network", "point", "point", "point"]


def test_a_killed_sweep_keeps_what_it_had(variants, swept):
    def killed(tasks):
        for n, result in enumerate(Here()(tasks)):
            if n == 2 and tasks[0].function is measure.measure_point:
                raise KeyboardInterrupt
            yield result

    with pytest.raises(KeyboardInterrupt):
        swept(variants, run=killed)
    again = Here()
    swept(variants, run=again)
    assert again.done == ["point"] * 4


def test_another_model_or_another_version_is_measured_anew(tmp_path, variants, swept, monkeypatch):
    swept(variants[:1])
    samples = tmp_path / "samples.npz"
    np.savez(samples, images=np.random.default_rng(5).random((8, 8, 8, 1)))
    other = read_source(str(tmp_path / "tiny.onnx"), calibrate=samples)
    assert swept(list(other.variants(("nearest",), (3,), (8,)))).n_known == 0
    monkeypatch.setattr(sweep_module, "sources_digest", lambda: "other")
    assert swept(variants[:1]).n_known == 0


def test_a_quantized_file_is_what_it_is(tmp_path, swept):
    source = read_source(str(quantized_file(tmp_path)))
    run = Here()
    found = swept(list(source.variants(("nearest", "inq"), (3, 4), (8,))), run=run)
    assert run.done == ["point"] * 2
    assert {(row["scheme"], row["bits"], row["act_width"]) for row in found.rows} == {
        ("random", 3, 8)
    }


def test_accuracy_is_the_golden_models(tmp_path, variants, swept):
    swept(variants)
    images = load_images([images_file(tmp_path)])
    run = Here()
    rows = swept(variants, run=run, images=images).rows
    assert run.done == ["accuracy"] * 3
    [known] = images.values()
    for variant, row in zip(variants, rows[::2], strict=True):
        if row["error"]:
            assert row["top1"] is None
            continue
        network = network_of(
            variant.source.quantized(variant.scheme, variant.bits, variant.act_width)
        )
        assert row["top1"] == evaluate(network, known.images, known.labels).top1
        assert row["images"] == 20
    assert [row["top1"] for row in swept(variants).rows] == [row["top1"] for row in rows]
    other = load_images([images_file(tmp_path, (4, 8, 1))])
    with pytest.raises(ValueError, match="takes images of 8x8x1; the data are of 4x8x1"):
        swept(variants, images=other)


def test_what_is_synthesized_is_the_planned_design(tmp_path, swept, monkeypatch):
    source = read_source(str(quantized_file(tmp_path)))
    board = find_board("icebreaker")
    plan = Wishes(max_cycles=2000).best_plan(source.network, board).plan
    given = []

    def synthesized(folder, manifest, family):
        given.append((manifest.parameters["foldings"], manifest.board, family))
        return SimpleNamespace(area=Area(lut=given_luts[len(given)], ff=5, dsp=1, bram=2.5))

    given_luts = {1: 5280, 2: 5281, 3: 2641}
    monkeypatch.setattr(measure, "synth_design", synthesized)
    variants = list(source.variants((), (), ()))
    choices = Choices(
        boards=("icebreaker",), max_cycles=(2000, 2000), clock_mhz=12.0, synthesize=True
    )
    [row] = swept(variants, choices).rows
    foldings = [asdict(stage.folding) for stage in plan.stages]
    assert given == [(foldings, "icebreaker", "ice40")]
    assert [row[name] for name in ("lut", "ff", "dsp", "bram")] == [5280, 5, 1, 2.5]
    assert (row["method"], row["error"]) == ("synthesized", None)
    assert row["fps"] == round(12e6 / plan.cycles_per_frame, 2)
    assert row["tool_versions"]["yosys"]
    [row] = swept(variants, replace(choices, max_cycles=(2001,))).rows
    assert row["error"] == "lacks 1 LUTs, synthesized"
    half = replace(choices, max_cycles=(), limits={"lut": (Share(0.5),)})
    [row] = swept(variants, half).rows
    assert (row["lut"], row["error"]) == (2641, "lacks 1 LUTs, synthesized")


@pytest.mark.slow
def test_a_synthesized_point_has_the_area_of_the_design(tmp_path, swept):
    source = read_source(str(quantized_file(tmp_path)))
    choices = Choices(boards=("icebreaker",), synthesize=True)
    [row] = swept(list(source.variants((), (), ())), choices).rows
    board = find_board("icebreaker")
    plan = Wishes().best_plan(network_of(onnx_of(source.network)), board).plan
    folder = tmp_path / "design"
    manifest = generate_network(plan, folder, board=board)
    area = synth_design(folder, manifest, family="ice40").area
    assert (row["method"], row["error"]) == ("synthesized", None)
    assert [row[name] for name in ("lut", "ff", "dsp", "bram")] == [
        *(area.lut, area.ff, area.dsp, area.bram)
    ]


def test_every_point_is_the_fastest_plan_within_its_budget(tmp_path, swept):
    source = read_source(str(quantized_file(tmp_path)))
    variants = list(source.variants((), (), ()))
    shares = Share(0.0012), Share(0.0022), Share(0.003)
    choices = Choices(boards=("zcu102",), limits={"lut": shares, "bram": (2.0,)})
    rows = swept(variants, choices).rows
    assert [row["lut_asked"] for row in rows] == ["0.12%", "0.22%", "0.3%"]
    board, target = find_board("zcu102"), Target(family="xcup")
    for row, share in zip(rows[1:], shares[1:], strict=True):
        goal = Wishes(limits={"lut": share, "bram": 2.0}).goal_on(board)
        plan = make_plan(source.network, budget=goal.budget, target=target)
        assert row["cycles"] == plan.cycles_per_frame
        assert row["lut"] <= share.part * board.resources.lut
        assert row["bram"] <= 2
        assert row["error"] is None
    assert rows[1]["cycles"] > rows[2]["cycles"]
    # The smallest is still too large for the first: what comes nearest is shown, with the reason.
    assert rows[0]["error"].startswith("lacks ")
    assert "328 are there" in rows[0]["error"]
    assert rows[0]["lut"] > 328
    again = Here()
    more = replace(choices, limits={"lut": (Share(0.0022), Share(0.004)), "bram": (2.0,)})
    assert swept(variants, more, run=again).rows[0] == rows[1]
    assert again.done == ["point"]


def test_what_cannot_be_had_is_a_result(tmp_path, swept):
    variants = list(read_source(str(quantized_file(tmp_path))).variants((), (), ()))
    [row] = swept(variants, Choices(boards=("zcu102",), max_cycles=(1,))).rows
    assert "1" in row["error"]
    assert row["cycles"] is None
    small = Choices(boards=("zcu102",), limits={"lut": (9.0,)}, synthesize=True)
    [row] = swept(variants, small).rows
    assert row["error"].startswith("lacks ")
    # Nothing is synthesized in vain.
    assert row["method"] == "estimated"
    [row] = swept(variants, Choices(boards=("zcu102",), max_latency=(3,))).rows
    assert row["error"].startswith("comes too late: small within a latency of 3 cycles")
    assert row["latency"] > 3


def test_a_plan_that_is_not_proved_is_called_so(tmp_path, swept, monkeypatch):
    source = read_source(str(quantized_file(tmp_path)))
    plan = make_plan(source.network, target=Target(family="xcup"))
    monkeypatch.setattr(Wishes, "best_plan", lambda *_: Found(plan, proved=False))
    [row] = swept(list(source.variants((), (), ())), Choices(boards=("zcu102",))).rows
    assert row["proved"] == 0
