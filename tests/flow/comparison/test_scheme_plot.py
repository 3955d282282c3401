"""Accuracy over area as a picture: the same rows, the same bytes; every scheme is in it."""

import pytest

from shiftconv.flow.comparison.scheme_plot import plot_schemes

ROWS = [
    {"network": network, "scheme": scheme, "bits": bits, "training": training,
     "points_lost": 9 / bits**2 - 0.5, "lut_per_mac": 4.0 * bits}
    for network in ("lenet5", "resnet20")
    for scheme in ("nearest", "clip-q:snap=1")
    for training in ("none", "straight-through")
    for bits in (2, 3, 5)
]  # fmt: skip


def test_svg(tmp_path):
    for name in ("one.svg", "two.svg"):
        plot_schemes(ROWS, tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    for words in ("resnet20", "clip-q:snap=1, straight-through", "LUTs per product and cycle"):
        assert f"<!-- {words}" in text


def test_rows_without_an_area_are_left_out(tmp_path):
    unknown = {**ROWS[0], "scheme": "unknown", "lut_per_mac": None}
    plot_schemes([*ROWS, unknown], tmp_path / "one.svg")
    assert "unknown" not in (tmp_path / "one.svg").read_text()
    with pytest.raises(ValueError, match="No row has an area: there is nothing to draw"):
        plot_schemes([unknown], tmp_path / "two.svg")
    assert not (tmp_path / "two.svg").exists()


def test_another_name(tmp_path):
    with pytest.raises(ValueError, match=r"plot\.xyz must end in \.svg, \.png or \.pdf"):
        plot_schemes(ROWS, tmp_path / "plot.xyz")
