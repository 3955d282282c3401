"""A system without a processor, whose bus a test bench drives: ``python litex_system.py FOLDER``.

Writes system.v and map.json (where registers, memory and DMAs lie) into FOLDER, which holds the
export ``tiny_litex.py``.
"""

import json
import sys
from pathlib import Path

from litex.build.generic_platform import Pins, Subsignal
from litex.build.sim.platform import SimPlatform
from litex.soc.integration.soc_core import SoCCore
from litex.soc.interconnect import wishbone
from migen.genlib.io import CRG

WIDTHS = {"adr": 30, "dat_w": 32, "dat_r": 32, "sel": 4, "cyc": 1, "stb": 1, "ack": 1, "we": 1}


def main(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    from tiny_litex import add_accelerator

    wires = [Subsignal(name, Pins(width)) for name, width in WIDTHS.items()]
    io = [("sys_clk", 0, Pins(1)), ("sys_rst", 0, Pins(1)), ("wb", 0, *wires)]
    platform = SimPlatform("SIM", io)
    soc = SoCCore(
        platform,
        clk_freq=1e6,
        cpu_type=None,
        integrated_sram_size=4096,
        with_uart=False,
        with_timer=False,
        with_ctrl=False,
        ident="",
    )
    soc.mem_map["csr"] = 0x10000000
    soc.crg = CRG(platform.request("sys_clk"), rst=platform.request("sys_rst"))
    master, pins = wishbone.Interface(data_width=32, adr_width=30), platform.request("wb")
    soc.bus.add_master("bench", master)
    for name in WIDTHS:
        inner, outer = getattr(master, name), getattr(pins, name)
        soc.comb += outer.eq(inner) if name in ("dat_r", "ack") else inner.eq(outer)
    add_accelerator(soc)
    soc.finalize()
    verilog = platform.get_verilog(soc, name="system")
    verilog.write(str(folder / "system.v"))
    (folder / "system_sram.init").write_text("0\n")
    where = {name: soc.bus.regions[name].origin for name in ("sram", "accelerator")}
    for name, region in soc.csr_regions.items():
        at = region.origin
        for csr in region.obj:
            where[f"{name}_{csr.name}"] = at
            at += 4 * -(-csr.size // 32)
    (folder / "map.json").write_text(json.dumps(where))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
