"""AXI4-Stream ports: where the values lie, and that nothing else changes."""

import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.axi_stream import AxiStreamFace, Field, axi_fields
from shiftconv.gateware.beat import beat_layout
from tests.gateware.combinational import evaluate

WEIGHT = data.StructLayout({"bias": signed(11), "shift": 3})


class Wires(wiring.Component):
    """Passes two streams on."""

    def __init__(self, shape):
        streams = {"": stream.Signature(shape), "_weights": stream.Signature(WEIGHT)}
        ports = {"flag": Out(1)}
        for name, signature in streams.items():
            ports |= {f"i{name}": In(signature), f"o{name}": Out(signature)}
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
        wiring.connect(m, wiring.flipped(self.i_weights), wiring.flipped(self.o_weights))
        m.d.comb += self.flag.eq(self.i.valid)
        return m


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (beat_layout(signed(5), 3), (Field("data", 0, 5, True, 3, 8),)),
        (beat_layout(signed(16), 1), (Field("data", 0, 16, True, 1, 16),)),
        (signed(17), (Field("", 0, 17, True, 1, 24),)),
        (12, (Field("", 0, 12, False, 1, 16),)),
        (data.ArrayLayout(9, 2), (Field("", 0, 9, False, 2, 16),)),
        (WEIGHT, (Field("bias", 0, 11, True, 1, 16), Field("shift", 16, 3, False, 1, 8))),
    ],
    ids=str,
)
def test_fields_start_at_bytes(shape, fields):
    assert axi_fields(shape) == fields
    face = AxiStreamFace(Wires(shape))
    n_bytes = sum(field.count * field.stride for field in fields) // 8
    assert face.tdata_bytes("s_axis") == face.tdata_bytes("m_axis") == n_bytes
    assert len(face.s_axis_tdata) == len(face.m_axis_tdata) == 8 * n_bytes
    has_last = isinstance(shape, data.StructLayout) and "last" in shape.members
    assert hasattr(face, "s_axis_tlast") == hasattr(face, "m_axis_tlast") == has_last
    assert not hasattr(face, "s_axis_weights_tlast")


@pytest.mark.parametrize("is_signed", [False, True])
def test_values_are_extended(is_signed, rng):
    shape = signed(5) if is_signed else 5
    face = AxiStreamFace(Wires(beat_layout(shape, 2)))
    values = [[0, 31], [16, 15], *rng.integers(0, 32, (6, 2)).tolist()]
    points, golden = [], []
    for n, (low, high) in enumerate(values):
        valid, ready, last = n & 1, n >> 1 & 1, n >> 2 & 1
        points.append(
            {
                # The bits above a value's width do not matter.
                "s_axis_tdata": (low | 0xA0) | (high | 0x60) << 8,
                "s_axis_tvalid": valid,
                "s_axis_tlast": last,
                "m_axis_tready": ready,
                "s_axis_weights_tdata": 0xF0_F000 | n << 16 | low << 6,
            }
        )
        fill = [0xE0 if is_signed and value & 16 else 0 for value in (low, high)]
        sign = 0xF800 if low & 16 else 0
        golden.append(
            (
                (low | fill[0]) | (high | fill[1]) << 8,
                valid,
                ready,
                last,
                valid,
                (n & 7) << 16 | low << 6 | sign,
            )
        )
    outputs = ["m_axis_tdata", "m_axis_tvalid", "s_axis_tready", "m_axis_tlast", "flag"]
    assert evaluate(face, points, [*outputs, "m_axis_weights_tdata"]) == golden
