"""AXI4-Stream ports around a component's streams."""

from dataclasses import dataclass

from amaranth.hdl import Module, Shape, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AxiStreamFace", "Field", "axi_fields"]


@dataclass(frozen=True)
class Field:
    """Where values lie in TDATA.

    Parameters
    ----------
    name : str
        Payload member; empty if the payload has none.
    offset : int
        Bit of the first value.
    width : int
        Bits of a value.
    signed : bool
    count : int
        Number of values.
    stride : int
        Bits from one value to the next: whole bytes.
    """

    name: str
    offset: int
    width: int
    signed: bool
    count: int
    stride: int


def _bytes(width: int) -> int:
    return -(-width // 8) * 8


def axi_fields(shape) -> tuple[Field, ...]:
    """Fields of TDATA for a payload; the member ``last`` is TLAST and not among them.

    Every value starts at a byte; the first is lowest. Values narrower than their bytes are extended
    by their sign, on the way in the surplus bits do not matter.
    """
    members = (
        [(name, field.shape) for name, field in shape if name != "last"]
        if isinstance(shape, data.StructLayout)
        else [("", shape)]
    )
    fields, offset = [], 0
    for name, member in members:
        is_array = isinstance(member, data.ArrayLayout)
        count = member.length if is_array else 1
        value = Shape.cast(member.elem_shape if is_array else member)
        stride = _bytes(value.width)
        fields.append(Field(name, offset, value.width, value.signed, count, stride))
        offset += count * stride
    return tuple(fields)


class AxiStreamFace(wiring.Component):
    """Give a component AXI4-Stream ports: byte-aligned TDATA, TLAST where the payload has a mark.

    Stream ``i`` becomes ``s_axis_*``, ``o`` becomes ``m_axis_*``, ``i_weights`` becomes
    ``s_axis_weights_*``; every other port keeps its name. Wires only.

    Parameters
    ----------
    component : Component

    Members
    -------
    s_axis_tvalid, s_axis_tready, s_axis_tdata, s_axis_tlast, ...
    """

    def __init__(self, component: wiring.Component):
        self.component = component
        self.fields: dict[str, tuple[Field, ...]] = {}
        self._streams: list[tuple[str, str, bool]] = []
        self._plain: list[str] = []
        ports = {}
        for name, member in component.signature.members.items():
            if member.is_port:
                self._plain.append(name)
                ports[name] = member
                continue
            inward = name == "i" or name.startswith("i_")
            prefix = ("s_axis" if inward else "m_axis") + name[1:]
            payload = member.signature.members["payload"].shape
            fields = self.fields[prefix] = axi_fields(payload)
            toward, back = (In, Out) if inward else (Out, In)
            width = sum(field.count * field.stride for field in fields)
            ports |= {
                f"{prefix}_tvalid": toward(1),
                f"{prefix}_tready": back(1),
                f"{prefix}_tdata": toward(width),
            }
            if self._has_last(payload):
                ports[f"{prefix}_tlast"] = toward(1)
            self._streams.append((name, prefix, inward))
        super().__init__(ports)

    @staticmethod
    def _has_last(payload) -> bool:
        return isinstance(payload, data.StructLayout) and "last" in payload.members

    def tdata_bytes(self, prefix: str) -> int:
        """Bytes of a port's TDATA."""
        return sum(field.count * field.stride for field in self.fields[prefix]) // 8

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = self.component
        for name in self._plain:
            m.d.comb += getattr(self, name).eq(getattr(self.component, name))
        for name, prefix, inward in self._streams:
            inner = getattr(self.component, name)
            valid = getattr(self, f"{prefix}_tvalid")
            ready = getattr(self, f"{prefix}_tready")
            last = getattr(self, f"{prefix}_tlast", None)
            pairs = [(inner.valid, valid), (ready, inner.ready)]
            if last is not None:
                pairs.append((inner.p.last, last))
            pairs += self._values(inner.p, prefix, inward)
            for sink, source in pairs if inward else [(source, sink) for sink, source in pairs]:
                m.d.comb += sink.eq(source)
        return m

    def _values(self, payload, prefix, inward):
        """Pairs of a payload value and its place in TDATA."""
        tdata = getattr(self, f"{prefix}_tdata")
        pairs = []
        for field in self.fields[prefix]:
            member = payload[field.name] if field.name else payload
            values = [member] if field.count == 1 and not isinstance(member, data.View) else member
            for n in range(field.count):
                place = tdata[field.offset + n * field.stride :][: field.stride]
                value = values[n]
                if inward:
                    value, place = Value.cast(value), place[: field.width]
                pairs.append((value, place))
        return pairs
