"""The streams of a component, whatever they are called."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

__all__ = ["Handshake", "handshakes", "plain_inputs"]

TVALID = "_tvalid"


@dataclass(frozen=True)
class Handshake:
    """One stream.

    Parameters
    ----------
    name : str
    inward : bool
        Whether the component takes from it.
    valid, ready, payload : Value
    """

    name: str
    inward: bool
    valid: Value
    ready: Value
    payload: Value

    @classmethod
    def of(cls, name: str, port, *, inward: bool) -> "Handshake":
        """A stream of Amaranth."""
        return cls(name, inward, port.valid, port.ready, Cat(port.payload))


def handshakes(component: wiring.Component) -> list[Handshake]:
    """Streams of Amaranth and of AXI among a component's ports."""
    found = []
    for name, member in component.signature.members.items():
        port = getattr(component, name)
        if member.is_signature:
            found.append(Handshake.of(name, port, inward=member.flow == In))
        elif name.endswith(TVALID):
            prefix = name.removesuffix(TVALID)
            payload = [getattr(component, f"{prefix}_{part}", Cat()) for part in ("tdata", "tlast")]
            ready = getattr(component, f"{prefix}_tready")
            found.append(Handshake(prefix, member.flow == In, port, ready, Cat(payload)))
    return found


def plain_inputs(component: wiring.Component) -> dict[str, Value]:
    """Inputs that belong to no stream."""
    streams = tuple(f"{stream.name}_t" for stream in handshakes(component))
    return {
        name: Value.cast(getattr(component, name))
        for name, member in component.signature.members.items()
        if member.is_port and member.flow == In and not name.startswith(streams or ("?",))
    }
