"""Components side by side, to be synthesized at once."""

from collections.abc import Mapping

from amaranth.hdl import Module
from amaranth.lib import wiring

__all__ = ["Shelf"]


class Shelf(wiring.Component):
    """Components that have nothing to do with each other; their ports are the shelf's own.

    Parameters
    ----------
    parts : mapping
        Components by the names of their modules.

    Members
    -------
    name_port : as ``port`` of the part
    """

    def __init__(self, parts: Mapping[str, wiring.Component]):
        self.parts = dict(parts)
        super().__init__(
            {
                f"{name}_{port}": member
                for name, part in self.parts.items()
                for port, member in part.signature.members.items()
            }
        )

    def elaborate(self, platform):
        m = Module()
        for name, part in self.parts.items():
            m.submodules[name] = part
            for port, member in part.signature.members.items():
                own = getattr(self, f"{name}_{port}")
                if member.is_signature:
                    wiring.connect(m, wiring.flipped(own), getattr(part, port))
                else:
                    m.d.comb += own.eq(getattr(part, port))
        return m
