"""Vivado's commands, as far as a block design needs them, with the pins of the IPs it uses."""

import re
import tkinter
import xml.etree.ElementTree as ET
from pathlib import Path

__all__ = ["VivadoModel"]

SPIRIT = "{http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009}"

# Sinks and sources of nets, slaves and masters of buses; from the IPs' product guides.
IPS = {
    "zynq_ultra_ps_e:3.5": (
        "maxihpm0_fpd_aclk saxihp0_fpd_aclk", "pl_clk0 pl_resetn0",
        "S_AXI_HP0_FPD", "M_AXI_HPM0_FPD",
    ),
    "processing_system7:5.5": (
        "M_AXI_GP0_ACLK S_AXI_HP0_ACLK", "FCLK_CLK0 FCLK_RESET0_N", "S_AXI_HP0", "M_AXI_GP0",
    ),
    "proc_sys_reset:5.0": (
        "slowest_sync_clk ext_reset_in", "peripheral_reset peripheral_aresetn", "", "",
    ),
    "smartconnect:1.0": ("aclk aresetn", "", "S00_AXI", "M00_AXI"),
    "axi_dma:7.1": (
        "s_axi_lite_aclk m_axi_mm2s_aclk m_axi_s2mm_aclk axi_resetn", "mm2s_introut s2mm_introut",
        "S_AXI_LITE S_AXIS_S2MM", "M_AXIS_MM2S M_AXI_MM2S M_AXI_S2MM",
    ),
    "axis_dwidth_converter:1.1": ("aclk aresetn", "", "S_AXIS", "M_AXIS"),
}  # fmt: skip
OPTIONAL = ("introut", "resetn0", "peripheral", "FCLK", "pl_")


class VivadoModel:
    """An interpreter in which a build script runs; knows what the script connected.

    Parameters
    ----------
    board_files : bool
        Whether this Vivado knows the board.

    Attributes
    ----------
    cells : dict
        IP of each cell.
    properties : dict
        Of each cell or object.
    nets : dict
        Source of each sink, of nets and of buses.
    calls : list of tuple
        Every command that came.
    """

    def __init__(self, *, board_files=True):
        self.board_files = board_files
        self.cells, self.properties, self.nets, self.calls = {}, {}, {}, []
        self.pins = {}
        self.catalog = {f"xilinx.com:ip:{ip}": pins for ip, pins in IPS.items()}
        self.tcl = tkinter.Tcl()
        self.error = None
        self.tcl.createcommand("vivado_command", self._command)
        self.tcl.eval("rename puts {}; rename file tcl_file")
        self.tcl.eval("proc unknown {args} { return [vivado_command {*}$args] }")
        self.tcl.eval(
            "proc file {what args} { if {$what eq {copy}} { return [vivado_command file copy "
            "{*}$args] } else { return [tcl_file $what {*}$args] } }"
        )
        self.tcl.eval("rename glob {}")

    def run(self, script: Path, *arguments):
        """Source a script, as ``vivado -mode batch -source`` does."""
        self.tcl.setvar("argv", " ".join(map(str, arguments)))
        try:
            self.tcl.eval(f"source {{{script}}}")
        except tkinter.TclError as error:
            raise self.error or error from None

    def _command(self, name, *arguments):
        self.calls.append((name, *arguments))
        try:
            handler = getattr(self, f"_{name}", None)
            assert handler, f"Vivado has no command {name}"
            return handler(*arguments) or ""
        except AssertionError as error:
            self.error = error
            raise

    def _ignored(self, *arguments):
        return ""

    _puts = _create_project = _create_bd_design = _save_bd_design = _add_files = _ignored
    _update_compile_order = _launch_runs = _wait_on_run = _current_project = _ignored
    _current_fileset = _file = _assign_bd_address = _ignored

    def _get_board_parts(self, quiet, pattern):
        return pattern.replace("*", "1.0") if self.board_files else ""

    def _get_ipdefs(self, pattern):
        expression = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        return " ".join(vlnv for vlnv in self.catalog if expression.fullmatch(vlnv))

    def _update_ip_catalog(self):
        component = ET.parse(Path(self.properties[""]["ip_repo_paths"]) / "component.xml")
        vlnv = [
            component.findtext(f"{SPIRIT}{p}") for p in ("vendor", "library", "name", "version")
        ]
        nets, buses = {"in": [], "out": []}, {"slave": [], "master": []}
        used = {e.text for e in component.iterfind(f".//{SPIRIT}physicalPort/{SPIRIT}name")}
        for interface in component.iterfind(f".//{SPIRIT}busInterface"):
            kind = interface.find(f"{SPIRIT}busType").get(f"{SPIRIT}library")
            name = interface.findtext(f"{SPIRIT}name")
            side = "slave" if interface.find(f"{SPIRIT}slave") is not None else "master"
            if kind == "interface":
                buses[side].append(name)
            else:
                used.discard(name)
        for port in component.iterfind(f".//{SPIRIT}ports/{SPIRIT}port"):
            name = port.findtext(f"{SPIRIT}name")
            if name not in used:
                nets[port.findtext(f"{SPIRIT}wire/{SPIRIT}direction")].append(name)
        groups = nets["in"], nets["out"], buses["slave"], buses["master"]
        self.catalog[":".join(vlnv)] = tuple(map(" ".join, groups))

    def _create_bd_cell(self, kind, ip, vlnv_option, vlnv, name):
        assert (kind, ip, vlnv_option) == ("-type", "ip", "-vlnv")
        assert name not in self.cells, name
        self.cells[name] = vlnv
        for role, pins in zip(
            ("sink", "source", "slave", "master"), self.catalog[vlnv], strict=True
        ):
            self.pins |= {f"{name}/{pin}": role for pin in pins.split()}
        return name

    def _set_property(self, *arguments):
        if arguments[0] == "-dict":
            flat, target = self.tcl.splitlist(arguments[1]), arguments[2]
            values = dict(zip(flat[::2], flat[1::2], strict=True))
        else:
            name, value, target = arguments
            values = {name: value}
        self.properties.setdefault(target, {}).update(values)
        if "smartconnect" in self.cells.get(target, ""):
            for side, role in (("S", "slave"), ("M", "master")):
                for n in range(int(values[f"CONFIG.NUM_{side}I"])):
                    self.pins[f"{target}/{side}{n:02}_AXI"] = role

    def _apply_bd_automation(self, *arguments):
        assert arguments[-1] in self.cells

    def _get_bd_cells(self, name):
        assert name in self.cells, name
        return name

    def _get_bd_pins(self, name):
        assert self.pins.get(name) in ("sink", "source"), f"there is no pin {name}"
        return name

    def _get_bd_intf_pins(self, name):
        assert self.pins.get(name) in ("slave", "master"), f"there is no bus {name}"
        return name

    def _create_bd_port(self, option, direction, name):
        assert (option, direction) == ("-dir", "O")
        self.pins[name] = "sink"

    def _get_bd_ports(self, name):
        assert name in self.pins
        return name

    def _connect_bd_net(self, source, *sinks):
        assert self.pins[source] == "source", source
        self._join(source, sinks, "sink")

    def _connect_bd_intf_net(self, master, slave):
        assert self.pins[master] == "master", master
        self._join(master, [slave], "slave")

    def _join(self, source, sinks, role):
        for sink in sinks:
            assert self.pins[sink] == role, sink
            assert sink not in self.nets, f"{sink} is connected twice"
            self.nets[sink] = source

    def _validate_bd_design(self):
        used = {*self.nets, *self.nets.values()}
        open_pins = [
            pin for pin in self.pins if pin not in used and not any(o in pin for o in OPTIONAL)
        ]
        open_pins = [pin for pin in open_pins if not pin.endswith("frame_error")]
        assert not open_pins, f"not connected: {open_pins}"

    def _make_wrapper(self, *arguments):
        return "system_wrapper.v"

    def _get_files(self, name):
        return name

    def _get_runs(self, name):
        return name

    def _get_property(self, name, target):
        return {"PROGRESS": "100%", "STATS.WNS": "0.5", "DIRECTORY": "runs"}[name]

    def _glob(self, pattern):
        return pattern
