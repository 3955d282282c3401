"""A build folder in which everything is known, without the tools that find it out."""

from dataclasses import replace

import numpy as np

from quant.network import Network, Node
from quant.onnx_io import write_quantized
from shiftconv.flow.generate import MODEL, plan_parameters
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.results import keep_result
from shiftconv.flow.sample_store import Samples, keep_samples
from shiftconv.plan import make_plan
from shiftconv.target import ANY_TARGET
from tests.networks import classifier

__all__ = ["NASTY", "component_manifest", "full_folder", "nasty_folder", "plain_folder"]

NASTY = '<script>alert("1")</script>&amp;\'{{7*7}}'


def _area(lut, lutram=0, ff=0, bram=0):
    return {"lut": lut, "ff": ff, "dsp": 0, "bram": bram, "carry": 1, "lutram": lutram,
            "big_ram": 0}  # fmt: skip


def _folder(folder, network, target=ANY_TARGET):
    """What `generate` writes, without the Verilog."""
    folder.mkdir()
    write_quantized(network, folder / MODEL)
    plan = make_plan(network, target=target)
    return Manifest(
        name=network.name, kind="network", digest="0123456789abcdef", files=[], ports={},
        parameters=plan_parameters(plan),
        board=None, cycles_per_frame=plan.cycles_per_frame, latency_cycles=plan.latency_cycles,
        macs_per_frame=network.macs, lanes=plan.lanes, memory_bits=plan.memory_bits,
        layers=plan.rows(), tool_versions={"yosys": "0.1"},
    )  # fmt: skip


def component_manifest():
    """Of a bare component."""
    return Manifest(
        name="pe", kind="svpe", digest="0123456789abcdef", files=[], ports={},
        parameters={"lanes": 2, "family": None}, board=None, cycles_per_frame=None,
        latency_cycles=None, macs_per_frame=None, lanes=2, memory_bits=None, layers=[],
        tool_versions={"yosys": "0.1"},
    )  # fmt: skip


def plain_folder(folder, target=ANY_TARGET):
    """A small network of which nothing is known but its plan."""
    return _folder(folder, classifier(np.random.default_rng(1)), target)


def nasty_folder(folder):
    """The same network with the worst of names."""
    network = classifier(np.random.default_rng(1))
    nodes = tuple(
        Node(f"{NASTY}{n}", node.layer, tuple(f"{NASTY}{n - 1}" for _ in node.inputs if n))
        for n, node in enumerate(network.nodes)
    )
    return _folder(folder, Network(NASTY, nodes))


def full_folder(folder):
    """The plain network, with results as the commands leave them; the figures are made up."""
    manifest = replace(plain_folder(folder), board="zcu102")
    names = [layer["name"] for layer in manifest.layers]
    known = {"tool_versions": {"yosys": "0.1", "verilator": "5.1", "nextpnr": "0.9"}, "seconds": 1}

    def keep(name, **result):
        keep_result(folder, manifest, name, {"command": f"shiftconv {name} it", **known, **result})

    simulation = {
        "images": 20, "values": 60, "top1": 0.9, "golden_top1": 0.95, "cycles_per_frame": 1944,
        "planned_cycles_per_frame": 1944, "mean_cycles_per_frame": 1944.0, "latency_cycles": 2200,
        "planned_latency_cycles": 2201, "frame_errors": 0, "malformed_frames": 0,
    }  # fmt: skip
    keep("generate", fit=None)
    keep("simulate", engine="compiled", mismatched_values=0, **simulation)
    keep("simulate.netlist-ecp5", engine="netlist ecp5", mismatched_values=7, **simulation)
    keep("diff", images=10, places=4, values=1234, finding=None)
    keep("evaluate", scheme="gsnq", bits=4, images=500, top1=0.9125, float_top1=None,
         layers=[{"name": names[0], "sqnr_db": 31.44, "bits": 3}])  # fmt: skip
    stages = [{"name": name, "area": _area(100 + n, n, 50, 0.5)} for n, name in enumerate(names)]
    stages.append({"name": manifest.name, "area": _area(40, 8, 30)})
    keep("synth.zcu102", board="zcu102", family="xcup", area=_area(446, 14, 230, 2),
         stages=stages,
         utilization={"lut": 0.001, "ff": 0.002, "dsp": 0, "bram": 0.003})  # fmt: skip
    keep("synth.ice40", board=None, family="ice40", area=_area(999), stages=stages,
         utilization=None)  # fmt: skip
    keep("pnr.ulx3s_85f", board="ulx3s_85f", device="LFE5U-85F", fmax_mhz=61.5, constraint_mhz=50.0,
         utilization={"TRELLIS_COMB": {"used": 1200, "available": 83640}},
         critical_path={"start": "link.a", "end": "link.b", "stage": names[2], "delay_ns": 16.26,
                        "routing_ns": 9.5, "segments": [
                            {"component": "link.a", "delay_ns": 6.26},
                            {"component": "link.b", "delay_ns": 10.0}]},
         frames_per_second=25720.2, bitstream="it/pnr/ulx3s_85f/top.bit")  # fmt: skip
    keep("energy.xcup", family="xcup", relative_per_frame=1000.0, relative_per_mac=0.46,
         roles={"compute": 600.0, "line buffer": 100.0, "weights": 200.0, "control": 100.0},
         stages=dict.fromkeys(names, 250.0))  # fmt: skip
    rng = np.random.default_rng(2)
    golden = np.array([[3, 9, 1], [7, 7, 0], [1, 2, 3]])
    keep_samples(
        folder,
        manifest,
        Samples(
            images=rng.integers(0, 256, (3, 6, 6, 2), np.uint8),
            labels=np.array([1, 1, 2]),
            simulated=golden + np.array([[0], [0], [1]]),
            golden=golden,
        ),
    )
    return manifest
