"""A test bench in plain Verilog, for whoever integrates the design by hand."""

from typing import ClassVar

import numpy as np

from shiftconv import __version__
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.kinds import Export, ExportError
from shiftconv.flow.export.templates import render
from shiftconv.flow.generate import read_plan
from shiftconv.host.packing import pack

__all__ = ["Icarus"]

FRAMES = 3


class Icarus(Export):
    """The design's Verilog, a bench around its documented ports, frames and golden results."""

    kind: ClassVar[str] = "icarus"
    summary: ClassVar[str] = "test bench in plain Verilog, frames and golden results"

    @classmethod
    def files(cls, design: ExportDesign) -> dict[str, str]:
        if not design.layouts:
            raise ExportError(
                f"A test bench is for a network with frames; {design.folder} holds none"
            )
        network = read_plan(design.manifest, design.folder).network
        fmt = network.in_format
        shape = (FRAMES, *network.in_shape)
        frames = np.random.default_rng(0).integers(fmt.lo, fmt.hi, shape, endpoint=True)
        layout_in, layout_out = design.layouts["s_axis"], design.layouts["m_axis"]
        name = design.name
        bench = render(
            "bench.v.jinja",
            name=name,
            version=__version__,
            frame_in=layout_in,
            frame_out=layout_out,
            n_frames=FRAMES,
        )
        results = pack(network.infer(frames), layout_out).tobytes()
        return {
            f"{name}_tb.v": bench,
            f"{name}.v": design.manifest.verilog(design.folder).read_text(),
            "in.hex": _hex(pack(frames, layout_in).tobytes(), layout_in.beat_bytes),
            "out.hex": _hex(results, layout_out.beat_bytes),
        }


def _hex(data: bytes, beat_bytes: int) -> str:
    """A beat a line, as ``$readmemh`` takes it."""
    beats = (data[at : at + beat_bytes] for at in range(0, len(data), beat_bytes))
    return "".join(f"{beat[::-1].hex()}\n" for beat in beats)
