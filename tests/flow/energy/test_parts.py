"""Roles of parts."""

import pytest

from shiftconv.flow.energy.parts import part_modules, role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("", "control"),
        ("core.buffer_conv1", "control"),
        ("core.conv1", "control"),
        ("core.conv1/array", "compute"),
        ("core.conv1/line_buffer", "line buffer"),
        ("core.pool/windows", "line buffer"),
        ("core.conv1/output", "compute"),
        ("core.conv1/output/scales", "weights"),
        ("core.weights", "weights"),
        ("core.dot_product", "compute"),
    ],
)
def test_roles(path, role):
    assert role_of(path) == role


def test_modules_that_stay():
    names = [
        "core", "core.a", "core.a.array", "core.a.array.svpe0.dot_product", "core.a.output",
        "core.a.output.scales", "core.a.weights", "core.pool.windows",
        "core.pool.windows.line_buffer", "core.pool.marker",
    ]  # fmt: skip
    verilog = "".join(f"module \\top.{name} (clk);\nendmodule\n" for name in names)
    assert part_modules(verilog, "top") == [
        "core.a.array",
        "core.a.output",
        "core.a.output.scales",
        "core.a.weights",
        "core.pool.windows",
    ]
