"""The C header: what it packs and unpacks is what numpy does, through a C compiler."""

import subprocess

import numpy as np
import pytest

from shiftconv.flow.export.c_header import c_header
from shiftconv.flow.generate import frame_layouts
from shiftconv.host.packing import FrameLayout, pack, unpack
from shiftconv.plan import make_plan
from tests.cli.networks import small_network
from tests.flow.export.compilers import compilers

# (channels, par, width, signed), in and out.
DESIGNS = {
    "narrow": ((1, 1, 8, False), (3, 1, 16, True)),
    "idle_places": ((5, 3, 12, True), (7, 4, 9, False)),
    "whole_pixels": ((4, 4, 2, True), (6, 6, 33, True)),
    "widest": ((2, 1, 16, False), (1, 1, 63, True)),
}

PROGRAM = """
#include <stdio.h>
#include <string.h>
{includes}
#define RUN(name, NAME) if (!strcmp(argv[1], #name)) {{ \\
    static name##_in_t in[NAME##_IN_VALUES]; static uint8_t in_bytes[NAME##_IN_FRAME_BYTES]; \\
    static name##_out_t out[NAME##_OUT_VALUES]; static uint8_t out_bytes[NAME##_OUT_FRAME_BYTES]; \\
    while (fread(in, sizeof in, 1, stdin) && fread(out_bytes, sizeof out_bytes, 1, stdin)) {{ \\
        name##_pack(in, in_bytes); name##_unpack(out_bytes, out); \\
        fwrite(in_bytes, sizeof in_bytes, 1, stdout); fwrite(out, sizeof out, 1, stdout); }} }}
int main(int argc, char **argv) {{ (void)argc; {runs} return 0; }}
"""
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


def layouts(name):
    for channels, par, width, signed in DESIGNS[name]:
        shape = (2, 3, channels)
        yield FrameLayout(shape=shape, width=width, signed=signed, frac=-1, par=par)


@pytest.fixture(scope="module", params=["-std=c99", "-std=c++11"])
def program(request, tmp_path_factory):
    """A program with the headers of all designs."""
    folder = tmp_path_factory.mktemp("c")
    for name in DESIGNS:
        (folder / f"{name}.h").write_text(c_header(name, "0" * 64, *layouts(name)))
    includes = "\n".join(f'#include "{name}.h"' for name in DESIGNS)
    runs = " ".join(f"RUN({name}, {name.upper()})" for name in DESIGNS)
    source = folder / ("main.c" if request.param == "-std=c99" else "main.cpp")
    source.write_text(PROGRAM.format(includes=includes, runs=runs))
    call = [*compilers()[request.param], request.param, *WARNINGS, source.name, "-o", "main"]
    subprocess.run(call, cwd=folder, check=True)
    return folder / "main"


@pytest.mark.parametrize("name", DESIGNS)
def test_c_equals_numpy(program, name, rng):
    layout_in, layout_out = layouts(name)
    values = rng.integers(layout_in.lo, layout_in.hi, (4, *layout_in.shape), endpoint=True)
    values[0], values[1] = layout_in.lo, layout_in.hi
    # What an accelerator gives need not be extended well.
    raw = rng.integers(0, 256, (4, layout_out.frame_bytes), np.uint8)
    dtypes = [np.dtype(f"{'i' if f.signed else 'u'}{_size(f)}") for f in (layout_in, layout_out)]
    sent = b"".join(
        value.astype(dtypes[0]).tobytes() + row.tobytes()
        for value, row in zip(values, raw, strict=True)
    )
    found = subprocess.run([program, name], input=sent, check=True, capture_output=True).stdout
    golden = b"".join(
        row.tobytes() + out.astype(dtypes[1]).tobytes()
        for row, out in zip(pack(values, layout_in), unpack(raw, layout_out), strict=True)
    )
    assert found == golden


def _size(layout):
    return next(size for size in (1, 2, 4, 8) if 8 * size >= layout.width)


def test_layouts_are_the_plan_s():
    frames = frame_layouts(make_plan(small_network()))
    assert frames["s_axis"].shape == (8, 8, 1)
    assert (frames["m_axis"].shape, frames["m_axis"].width) == ((1, 1, 3), 16)
    assert frames["m_axis"].frac == 8
