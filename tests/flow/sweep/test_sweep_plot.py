"""A sweep as a picture: what lies on which axis, and every series in the legend."""

import pytest

from shiftconv.flow.sweep.sweep_plot import plot_sweep

ROWS = [
    {"model": model, "board": board, "method": "estimated", "scheme": scheme, "bits": bits,
     "act_width": 8, "cycles": cycles, "fps": 1e8 / cycles, "lut": 10**7 // cycles + bits,
     "top1": 1 - 0.1 / bits, "error": None if bits < 4 else "does not fit"}
    for model in ("lenet5", "folder/resnet20.onnx")
    for board in ("zcu102", "ulx3s_85f")
    for scheme in ("nearest", "inq")
    for bits in (2, 4)
    for cycles in (1000, 2000, 9000)
]  # fmt: skip


def drawn(tmp_path, rows):
    """The words in the picture; the same bytes each time."""
    for name in ("one.svg", "two.svg"):
        plot_sweep(rows, tmp_path / name)
    text = (tmp_path / "one.svg").read_text()
    assert text == (tmp_path / "two.svg").read_text()
    return {line.strip()[5:-4] for line in text.splitlines() if line.strip().startswith("<!--")}


def test_axes(tmp_path):
    words = drawn(tmp_path, ROWS)
    assert {"top-1, %", "LUT, estimated", "resnet20.onnx, zcu102", "lenet5, ulx3s_85f"} <= words
    assert {"nearest, 2 bits", "inq, 4 bits", "does not fit"} <= words
    words = drawn(tmp_path, [*ROWS[1:], ROWS[0] | {"top1": None}])
    assert {"LUT, estimated", "frames per second"} <= words
    words = drawn(tmp_path, [row | {"top1": None, "fps": None} for row in ROWS])
    assert {"LUT, estimated", "cycles per frame"} <= words


def test_widths_of_activations_stand_in_the_legend_where_they_differ(tmp_path):
    rows = [ROWS[0], ROWS[0] | {"act_width": 4, "error": None}]
    assert {"nearest, 2 bits, activations 4", "nearest, 2 bits, activations 8"} <= drawn(
        tmp_path, rows
    )
    assert "does not fit" not in drawn(tmp_path, rows)


def test_points_without_an_area_are_left_out(tmp_path):
    unknown = ROWS[0] | {"lut": None, "scheme": "unknown"}
    assert not any("unknown" in word for word in drawn(tmp_path, [*ROWS, unknown]))
    with pytest.raises(ValueError, match="No point has an area: there is nothing to draw"):
        plot_sweep([unknown], tmp_path / "three.svg")
