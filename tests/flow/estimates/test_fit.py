"""Fits find what is behind samples, and never see those that are kept for checking."""

import numpy as np
import pytest

from shiftconv.area import Area
from shiftconv.estimates.parts.wired import n_terms, wired_sizes
from shiftconv.flow.estimates import wired_fit
from shiftconv.flow.estimates.fit import fit_families, is_held_out, write_estimates
from shiftconv.flow.estimates.least_squares import fit_near
from shiftconv.flow.estimates.priors import CERTAIN, priors
from shiftconv.flow.estimates.sampling import Sample
from shiftconv.flow.estimates.specimen import features_of_specimen
from shiftconv.flow.estimates.wired_fit import fit_wired


def samples(lut_of):
    """Buffers of several widths, whose LUTs a rule gives."""
    for number, par in enumerate(range(1, 41)):
        specimen = {"kind": "buffer", "format": [8, 0, False], "par": par}
        features = features_of_specimen(specimen, "ecp5")
        yield Sample(number, "0", Area(lut=lut_of(features), ff=features["ff.stream_buffer"]),
                     specimen)  # fmt: skip


def fitted(found, family="ecp5"):
    return fit_families({family: list(found), "xcup": [], "gowin": []})


def test_a_fit_finds_the_rule():
    found = fitted(samples(lambda f: round(1.7 * f["buffer"] + 6)))
    assert found["ecp5"]["lut"]["buffer"] == pytest.approx(1.7, rel=0.01)
    assert found["ecp5"]["ff"]["ff.stream_buffer"] == pytest.approx(1, rel=1e-3)
    # Of a family without samples its kin tell more than nothing, others do not.
    assert found["gowin"]["lut"]["buffer"] == pytest.approx(1.7, rel=0.05)
    assert found["xcup"]["lut"]["buffer"] == priors("lut", "xcup")["buffer"]
    # What no sample says anything about stays as expected.
    assert found["ecp5"]["lut"]["maxima"] == priors("lut", "ecp5")["maxima"]


def test_a_fit_does_not_see_what_is_held_out():
    honest = list(samples(lambda f: 2 * f["buffer"]))
    spoilt = [
        Sample(s.number, s.yosys, Area(lut=99_999), s.specimen) if is_held_out(s.number) else s
        for s in honest
    ]
    assert fitted(honest) == fitted(spoilt)
    kept = sum(is_held_out(number) for number in range(1000))
    assert 650 < kept < 780


def test_no_samples_no_fit():
    held_out = [s for s in samples(lambda f: 1) if is_held_out(s.number)]
    with pytest.raises(ValueError, match="There are no samples to fit to; estimates sample makes"):
        fitted(held_out)


def test_least_squares_without_negative_coefficients():
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 10, (50, 3))
    amounts = features @ [2.0, 0.0, 0.5]
    near = {"expected": np.ones(3), "spread": np.ones(3), "least": 1.0}
    assert fit_near(features, amounts, strength=1e-9, **near) == pytest.approx(
        [2, 0, 0.5], abs=1e-3
    )
    assert fit_near(features, amounts, strength=1e9, **near) == pytest.approx([1, 1, 1], abs=1e-3)
    assert min(fit_near(features, features @ [1.0, -5.0, 9.0], strength=1e-6, **near)) == 0


def test_one_sample_that_is_like_no_other_spoils_nothing():
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 10, (50, 3))
    amounts = features @ [2.0, 1.0, 0.5]
    amounts[7] /= 10
    near = {"expected": np.ones(3), "spread": np.ones(3), "least": 1.0}
    found = fit_near(features, amounts, strength=1e-9, **near)
    assert found == pytest.approx([2, 1, 0.5], abs=0.2)


def test_expectations_are_positive_and_name_the_certain():
    for family in ("xcup", "ecp5"):
        known = priors("lut", family)
        assert min(known.values()) > 0
        assert set(CERTAIN) <= set(known)
    assert "shift6" in priors("lut", "xc7")
    assert "shift4" in priors("lut", "nexus")


def test_sharing_in_constant_matrices(monkeypatch):
    monkeypatch.setattr(wired_fit, "LEAST_TERMS", 20)
    monkeypatch.setattr(wired_fit, "MOST_TERMS", 120)
    found = fit_wired(8)
    assert set(found) == {"2", "3"}
    levels = np.array([[1, 3, 0], [-4, 2, 7]])
    # 3 and 7 are two powers of two each.
    assert n_terms(levels) == 7
    assert wired_sizes(levels, 9, 2)["adders"] == 4
    assert len(found["2"]["adders"]) == len(wired_sizes(levels, 9, 2)["sharing"])


def test_what_is_written_names_its_origin(tmp_path):
    path = tmp_path / "estimates.json"
    write_estimates(path, {"ecp5": {}}, {}, "shiftconv estimates fit")
    assert '"yosys"' in path.read_text()
