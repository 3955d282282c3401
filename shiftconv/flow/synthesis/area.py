"""From the cells of a netlist to LUT, FF, DSP and block memories, one table per family.

Counting rules, where a choice was made:

- ``lut`` counts sites of a look-up table, whatever uses them: logic, a carry chain that needs one
  for each bit (CCU2C, CCU2, ALU), or memory. ``lutram`` says how many are memory or shift
  registers. ``lut`` of xcup and xc7 is an upper bound: Yosys leaves it to place and route to put
  two small functions into one LUT6.
- INV is a LUT. Wide multiplexers behind LUTs (MUXF7, PFUMX, MUX2_LUT5) are free; WIDEFN9 is two
  LUTs and such a multiplexer.
- On Lattice a 16×4 memory takes four LUTs, and its write port takes two more.
- ``carry`` counts bits of carry chain, so that it compares across families.
- A latch counts as a flip-flop.
"""

from collections.abc import Mapping

from boards import Board
from shiftconv.area import Area

__all__ = ["area_of", "unknown_cells", "utilization"]


LUT = Area(lut=1)
FF = Area(ff=1)
DSP = Area(dsp=1)
BRAM = Area(bram=1)
BIG_RAM = Area(big_ram=1)
FREE = Area()


def _lutram(n_luts: int) -> Area:
    return Area(lut=n_luts, lutram=n_luts)


def _each(area: Area, names: str) -> dict[str, Area]:
    return dict.fromkeys(names.split(), area)


# Buffers and constants cost nothing; $scopeinfo remembers a flattened module.
PASSIVE = _each(FREE, "GND VCC VLO VHI $scopeinfo IBUF OBUF BUFG IB OB")

XILINX = {
    **_each(LUT, "INV LUT1 LUT2 LUT3 LUT4 LUT5 LUT6 LUT6_2"),
    **_each(FREE, "MUXF7 MUXF8 MUXF9"),
    **_each(Area(carry=4), "CARRY4"),
    **_each(Area(carry=8), "CARRY8"),
    **_each(FF, "FDRE FDSE FDCE FDPE FDRE_1 FDSE_1 FDCE_1 FDPE_1 LDCE LDPE"),
    **_each(_lutram(1), "RAM32X1S RAM64X1S SRL16E SRLC16E SRLC32E"),
    **_each(_lutram(2), "RAM32X1D RAM64X1D RAM128X1S"),
    **_each(_lutram(4), "RAM128X1D RAM256X1S RAM32M RAM64M"),
    **_each(_lutram(8), "RAM256X1D RAM512X1S RAM32M16 RAM64M8 RAM32X16DR8 RAM64X8SW"),
    **_each(BRAM, "RAMB36E1 RAMB36E2"),
    **_each(Area(bram=0.5), "RAMB18E1 RAMB18E2"),
    **_each(BIG_RAM, "URAM288"),
    **_each(DSP, "DSP48E1 DSP48E2"),
}

LATTICE = {
    **_each(LUT, "INV LUT4"),
    **_each(Area(lut=2, carry=2), "CCU2C CCU2"),
    **_each(_lutram(6), "TRELLIS_DPR16X4 DPR16X4"),
    **_each(DSP, "MULT18X18D MULT18X18 MULTPREADD18X18 MULTADDSUB18X18"),
    **_each(Area(dsp=0.5), "MULT9X9D MULT9X9 MULTPREADD9X9"),
}

ECP5 = {
    **LATTICE,
    **_each(FREE, "PFUMX L6MUX21 ALU54B"),
    **_each(FF, "TRELLIS_FF"),
    **_each(BRAM, "DP16KD PDPW16KD"),
}

NEXUS = {
    **LATTICE,
    **_each(Area(lut=2), "WIDEFN9"),
    **_each(FF, "FD1P3BX FD1P3DX FD1P3IX FD1P3JX"),
    **_each(BRAM, "DP16K PDP16K PDPSC16K SP16K"),
    **_each(BRAM, "DP16K_MODE PDP16K_MODE PDPSC16K_MODE SP16K_MODE"),
    **_each(BIG_RAM, "DPSC512K PDPSC512K SP512K"),
    **_each(Area(dsp=2), "MULT18X36 MULTADDSUB9X9WIDE MULTADDSUB18X18WIDE"),
    **_each(Area(dsp=4), "MULT36X36 MULTADDSUB36X36"),
}

ICE40_FF = [
    "SB_DFF" + edge + more
    for edge in ("", "N")
    for more in ("", "E", "SR", "R", "SS", "S", "ESR", "ER", "ESS", "ES")
]

ICE40 = {
    **_each(LUT, "SB_LUT4"),
    **_each(Area(carry=1), "SB_CARRY"),
    **dict.fromkeys(ICE40_FF, FF),
    **_each(BRAM, "SB_RAM40_4K SB_RAM40_4KNR SB_RAM40_4KNW SB_RAM40_4KNRNW"),
    **_each(BIG_RAM, "SB_SPRAM256KA"),
    **_each(DSP, "SB_MAC16"),
    **_each(FREE, "SB_IO SB_GB"),
}

GOWIN_FF = [
    "DFF" + edge + more
    for edge in ("", "N")
    for more in ("", "E", "S", "SE", "R", "RE", "P", "PE", "C", "CE")
]

GOWIN = {
    **_each(LUT, "INV LUT1 LUT2 LUT3 LUT4"),
    **_each(Area(lut=1, carry=1), "ALU"),
    **_each(FREE, "MUX2_LUT5 MUX2_LUT6 MUX2_LUT7 MUX2_LUT8"),
    **dict.fromkeys(GOWIN_FF, FF),
    **_each(_lutram(1), "RAM16S1 RAM16SDP1"),
    **_each(_lutram(2), "RAM16S2 RAM16SDP2"),
    **_each(_lutram(4), "RAM16S4 RAM16SDP4"),
    **_each(BRAM, "SP SPX9 SDP SDPX9 SDPB SDPX9B DP DPX9 DPB DPX9B pROM pROMX9"),
    **_each(Area(dsp=0.5), "MULT9X9"),
    **_each(DSP, "MULT18X18"),
    **_each(Area(dsp=2), "MULTALU18X18 MULTALU36X18 MULTADDALU18X18"),
    **_each(Area(dsp=4), "MULT36X36"),
}

CELLS: Mapping[str, Mapping[str, Area]] = {
    family: {**PASSIVE, **cells}
    for family, cells in {
        "xcup": XILINX,
        "xc7": XILINX,
        "ecp5": ECP5,
        "ice40": ICE40,
        "gowin": GOWIN,
        "nexus": NEXUS,
    }.items()
}


def area_of(cells: Mapping[str, int], family: str) -> Area:
    """Area of a netlist with ``cells[type]`` instances of each type; unknown types cost nothing."""
    table = CELLS[family]
    total = FREE
    for kind, count in cells.items():
        total = total.plus(table.get(kind, FREE), count)
    return total


def unknown_cells(cells: Mapping[str, int], family: str) -> dict[str, int]:
    """Those of ``cells`` whose type the family's table does not have."""
    return {kind: count for kind, count in cells.items() if kind not in CELLS[family]}


def utilization(area: Area, board: Board) -> dict[str, float]:
    """Fraction of what the device has, for ``lut``, ``ff``, ``dsp`` and ``bram``, and for
    ``big_ram`` where it has any.
    """
    have = board.resources
    used = {"lut": area.lut, "ff": area.ff, "dsp": area.dsp, "bram": area.bram}
    if have.big_ram:
        used["big_ram"] = area.big_ram
    return {name: count / getattr(have, name) for name, count in used.items()}
