"""AXI4-Lite to a register bus."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AxiLiteSlave", "axi_lite_members"]

OKAY, SLVERR = 0, 2


def axi_lite_members(address_width: int) -> dict:
    """Ports ``s_axil_*`` of a slave with 32-bit words."""
    return {
        "s_axil_awvalid": In(1),
        "s_axil_awready": Out(1),
        "s_axil_awaddr": In(address_width),
        "s_axil_awprot": In(3),
        "s_axil_wvalid": In(1),
        "s_axil_wready": Out(1),
        "s_axil_wdata": In(32),
        "s_axil_wstrb": In(4),
        "s_axil_bvalid": Out(1),
        "s_axil_bready": In(1),
        "s_axil_bresp": Out(2),
        "s_axil_arvalid": In(1),
        "s_axil_arready": Out(1),
        "s_axil_araddr": In(address_width),
        "s_axil_arprot": In(3),
        "s_axil_rvalid": Out(1),
        "s_axil_rready": In(1),
        "s_axil_rdata": Out(32),
        "s_axil_rresp": Out(2),
    }


class AxiLiteSlave(wiring.Component):
    """Answer AXI4-Lite reads and writes from a register bus.

    One read and one write at a time, side by side. Address and data of a write may come in any
    order. Only whole words are written: other strobes change nothing and get SLVERR, none at all
    OKAY. On the AXI side, every output follows from registers alone.

    Parameters
    ----------
    address_width : int
        Of an address in bytes, at least 3.

    Members
    -------
    s_axil_* : as :func:`axi_lite_members`
        ``awprot`` and ``arprot`` do not matter.
    r_address, w_address : Out(address_width - 2)
        Of words.
    r_data : In(32)
        Combinational.
    w_data : Out(32)
    w_en : Out(1)
        High until ``w_ready`` is.
    w_ready : In(1)
    """

    def __init__(self, *, address_width: int):
        if address_width < 3:
            raise ValueError(f"An address must have at least 3 bits, not {address_width!r}")
        self.address_width = address_width
        super().__init__(
            {
                **axi_lite_members(address_width),
                "r_address": Out(address_width - 2),
                "r_data": In(32),
                "w_address": Out(address_width - 2),
                "w_data": Out(32),
                "w_en": Out(1),
                "w_ready": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._reads(m)
        self._writes(m)
        return m

    def _reads(self, m):
        m.d.comb += [
            self.s_axil_arready.eq(~self.s_axil_rvalid),
            self.r_address.eq(self.s_axil_araddr[2:]),
        ]
        with m.If(self.s_axil_arvalid & self.s_axil_arready):
            m.d.sync += [self.s_axil_rvalid.eq(1), self.s_axil_rdata.eq(self.r_data)]
        with m.Elif(self.s_axil_rready):
            m.d.sync += self.s_axil_rvalid.eq(0)

    def _writes(self, m):
        has_address, has_data, strobe = Signal(), Signal(), Signal(4)
        both = has_address & has_data & ~self.s_axil_bvalid
        m.d.comb += [
            self.s_axil_awready.eq(~has_address),
            self.s_axil_wready.eq(~has_data),
            self.w_en.eq(both & strobe.all()),
        ]
        with m.If(self.s_axil_awvalid & self.s_axil_awready):
            m.d.sync += [has_address.eq(1), self.w_address.eq(self.s_axil_awaddr[2:])]
        with m.If(self.s_axil_wvalid & self.s_axil_wready):
            m.d.sync += [
                has_data.eq(1),
                self.w_data.eq(self.s_axil_wdata),
                strobe.eq(self.s_axil_wstrb),
            ]
        with m.If(both & (self.w_ready | ~self.w_en)):
            m.d.sync += [
                has_address.eq(0),
                has_data.eq(0),
                self.s_axil_bvalid.eq(1),
                self.s_axil_bresp.eq(Mux(strobe.all() | ~strobe.any(), OKAY, SLVERR)),
            ]
        with m.If(self.s_axil_bvalid & self.s_axil_bready):
            m.d.sync += self.s_axil_bvalid.eq(0)
