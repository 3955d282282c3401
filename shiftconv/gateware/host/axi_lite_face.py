"""A core with AXI4-Streams for its frames and an AXI4-Lite block of registers."""

from amaranth.hdl import Module
from amaranth.lib import wiring

from shiftconv.gateware.host.axi_lite import AxiLiteSlave, axi_lite_members
from shiftconv.gateware.host.register_face import RegisterFace
from shiftconv.host.registers import RegisterMap

__all__ = ["AxiLiteFace"]


class AxiLiteFace(wiring.Component):
    """What drops into a block design: streams, registers, one clock, one reset.

    Parameters
    ----------
    core : AxiStreamFace
    registers : RegisterMap

    Members
    -------
    s_axis_*, m_axis_*, frame_error
        The core's, but streams that are fed through registers.
    s_axil_*
        The registers.
    """

    def __init__(self, core: wiring.Component, *, registers: RegisterMap):
        self.registers = registers
        self.face = RegisterFace(core, registers=registers)
        self.address_width = (registers.size - 1).bit_length()
        super().__init__({**self.face.passed_on, **axi_lite_members(self.address_width)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = face = self.face
        m.submodules.axi_lite = slave = AxiLiteSlave(address_width=self.address_width)
        for part, names in (
            (face, face.passed_on),
            (slave, axi_lite_members(self.address_width)),
        ):
            for name in names:
                inner, outer = getattr(part, name), getattr(self, name)
                is_input = self.signature.members[name].flow is wiring.In
                m.d.comb += inner.eq(outer) if is_input else outer.eq(inner)
        m.d.comb += [
            face.r_address.eq(slave.r_address),
            slave.r_data.eq(face.r_data),
            face.w_address.eq(slave.w_address),
            face.w_data.eq(slave.w_data),
            face.w_en.eq(slave.w_en),
            slave.w_ready.eq(face.w_ready),
        ]
        return m
