"""The picture of a comparison: the same rows, the same bytes; every kind of lane is in it."""

import pytest

from shiftconv.flow.comparison.comparison_plot import plot_comparison

ROWS = [
    {"family": family, "lane": lane, "weight_bits": bits, "act_width": width, "lut_per_mac": lut,
     "lanes": 64 if lane == "vpe_packed" else 32}
    for family in ("xcup", "ecp5")
    for width in (8, 16)
    for lane, bits, lut in [
        ("svpe", 2, 11.2), ("svpe", 3, 16.3), ("vpe", 8, 0.2), ("vpe_packed", 8, 3.3),
        ("lut_multiplier", 3, 21.8), ("lut_multiplier", 8, 43.6),
    ]
]  # fmt: skip


def test_svg(tmp_path):
    for name in ("one.svg", "two.svg"):
        plot_comparison(ROWS, tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    for words in (
        "ecp5, 32 lanes, 16-bit activations",
        "bits per stored weight",
        "two products a block",
    ):
        assert f"<!-- {words}" in text or words in text


def test_png(tmp_path):
    plot_comparison(ROWS[:3], tmp_path / "small.png")
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")


def test_another_name(tmp_path):
    with pytest.raises(ValueError, match=r"plot\.xyz must end in \.svg, \.png or \.pdf"):
        plot_comparison(ROWS, tmp_path / "plot.xyz")
    assert not list(tmp_path.iterdir())
