"""Samples: drawn alike every time, kept as lines, gone on with, and still what Yosys makes."""

from dataclasses import replace

import pytest

from boards import FAMILIES
from shiftconv.area import Area
from shiftconv.cli.estimates import DATA
from shiftconv.flow.estimates import sampling
from shiftconv.flow.estimates.check import check_family
from shiftconv.flow.estimates.drawing import SHARES, draw_specimen
from shiftconv.flow.estimates.sampling import (
    Sample,
    measure_specimens,
    read_samples,
    sample_family,
    sample_path,
)
from shiftconv.flow.estimates.specimen import component_of, features_of_specimen, stage_of
from shiftconv.flow.tools import yosys_version


@pytest.mark.parametrize("family", FAMILIES)
def test_samples_that_ship_are_estimated_as_promised(family):
    errors = check_family(read_samples(DATA / "samples", family), family)
    # Of few samples the worst say little.
    assert errors.holds or errors.n < 200
    assert errors.lut[0] <= 0.2
    assert errors.ff[0] <= 0.05
    assert errors.bram_exact >= 0.9


def test_samples_that_ship_are_still_what_synthesis_makes(tmp_path):
    """The smallest that are, of the family whose synthesis is the fastest."""
    there = sorted(read_samples(DATA / "samples", "gowin"), key=lambda sample: sample.area.lut)
    convolutions = [s for s in there if s.specimen["kind"] in ("conv2d", "dense", "max_pool")]
    chosen = {f"s{s.number}": s for s in convolutions[:3]}
    found = measure_specimens({n: s.specimen for n, s in chosen.items()}, "gowin", tmp_path)
    for name, sample in chosen.items():
        # Yosys' optimiser is not quite blind to what stands beside.
        assert found[name].lut == pytest.approx(sample.area.lut, rel=0.02)
        assert replace(found[name], lut=0) == replace(sample.area, lut=0)
    assert {sample.yosys for sample in chosen.values()} == {yosys_version()}


def test_drawing_is_always_the_same():
    drawn = [draw_specimen(number, "ecp5") for number in range(6)]
    assert drawn == [draw_specimen(number, "ecp5") for number in range(6)]
    assert drawn != [draw_specimen(number, "ice40") for number in range(6)]
    assert sum(SHARES.values()) == pytest.approx(1)
    for specimen in drawn:
        component_of(specimen, "ecp5").signature  # noqa: B018


def test_every_kind_can_be_drawn_and_has_features():
    kinds = set()
    for number in range(25):
        specimen = draw_specimen(number, "xcup")
        kinds.add(specimen["kind"])
        assert features_of_specimen(specimen, "xcup")
    assert kinds <= set(SHARES)
    assert len(kinds) >= 6


def test_a_line_holds_a_sample():
    sample = Sample(7, "0.70", Area(lut=5, ff=3, bram=0.5, carry=2), {"kind": "buffer", "par": 2})
    assert Sample.from_line(sample.as_line()) == sample
    assert sample.as_line().count("\n") == 1


def test_sampling_goes_on_where_it_stopped(tmp_path, monkeypatch):
    asked = []

    def measured(numbers, family):
        asked.append(list(numbers))
        return [Sample(n, "0", Area(lut=n), {"kind": "buffer"}) for n in numbers]

    monkeypatch.setattr(sampling, "_measured", measured)
    monkeypatch.setattr(sampling, "PER_RUN", 3)
    assert sample_family("ecp5", tmp_path, count=4) == 4
    assert sample_family("ecp5", tmp_path, count=8) == 8
    assert asked == [[0, 1, 2], [3], [4, 5, 6], [7]]
    assert [sample.number for sample in read_samples(tmp_path, "ecp5")] == list(range(8))
    assert sample_family("ecp5", tmp_path, count=99, seconds=0) in (8, 11)
    assert read_samples(tmp_path, "ice40") == []


def test_a_broken_line_is_named(tmp_path):
    path = sample_path(tmp_path, "ecp5")
    path.write_text(Sample(0, "0", Area(), {}).as_line() + "[1,\n")
    with pytest.raises(ValueError, match=r"ecp5.jsonl: line 2 is no sample: "):
        read_samples(tmp_path, "ecp5")


def test_specimens_that_are_none():
    with pytest.raises(ValueError, match=r"Kind must be one of add, .*, not 'buffer'"):
        stage_of({"kind": "buffer"}, "ecp5")


def test_no_samples_no_check():
    with pytest.raises(ValueError, match="There are no samples of nexus to check; estimates samp"):
        check_family([], "nexus")
