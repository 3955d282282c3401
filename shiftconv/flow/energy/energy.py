"""A relative energy model: toggles of a netlist, weighed by the kind of cell that makes them.

The unit is a toggle of a LUT's output together with the net behind it. It is no joule, and no clock
tree, no leakage and no glitches are in it: figures compare designs on one family, nothing else.

Where the weights come from:

- LUT, net, multiplier: Table VII of Chen et al., *A Learning Framework for n-bit Quantized Neural
  Networks toward FPGAs* (IEEE TNNLS 2021), which is Vivado's estimate for one UltraScale+ device at
  200 MHz. Of 256 arrays at n = 3, logic takes 1.55 W in 307 LUTs each, signals 2.61 W in the nets
  of 307 LUTs and 232 flip-flops each: 0.0986 pJ per LUT and 0.0946 pJ per net and cycle. Of 64
  VPE arrays 12 DSP48E2 each take 0.40 W: 2.60 pJ per block and cycle, 0.0814 pJ per operand bit.
  All are at Vivado's one default toggle rate, which drops out of ratios. A LUT with its net is then
  1, a net alone (behind a flip-flop, a sum, a memory, a multiplier) 0.49, an operand bit 0.42.
- Block memory: the architecture files of Verilog-to-Routing (``vtr_flow/arch``, 45 nm and 22 nm)
  give 9.0 pJ per clock edge of a port and 1.09 pJ per toggle of an operand bit of an 18 by 19
  multiplier: a port's cycle is 16.5 operand bits.
- Carry: an estimate of ours. A carry bit is one multiplexer of the six on the way through a LUT6,
  and its wire never leaves the slice: a sixth of the LUT's part of 0.51.
"""

from dataclasses import asdict, dataclass
from typing import Any

from shiftconv.flow.component_designs import COMPONENT_DESIGNS
from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.flow.energy.activity import Activity, Toggles
from shiftconv.flow.energy.parts import CONTROL, ROLES, role_of
from shiftconv.flow.manifest import Manifest

__all__ = ["RELATIVE_WEIGHTS", "Energy", "energy_of", "macs_of"]

# Watts of Table VII over the number of LUTs, nets and operand bits that take them.
_LOGIC = 1.55 / 256 / 307
_NET = 2.61 / 256 / (307 + 232)
_OPERAND = 0.40 / 64 / 12 / 32
_LUT = _LOGIC + _NET
_RAM_PER_OPERAND = 2 * 9.0 / 1.09

RELATIVE_WEIGHTS = {
    "lut": 1.0,
    "ff": _NET / _LUT,
    "sum": _NET / _LUT,
    "carry": _LOGIC / _LUT / 6,
    "lutram": 1.0,
    "ram": _NET / _LUT,
    "dsp": _NET / _LUT,
    "dsp_inputs": _OPERAND / _LUT,
    "ram_cycles": _RAM_PER_OPERAND * _OPERAND / _LUT,
}


@dataclass(frozen=True, kw_only=True)
class Energy:
    """Relative energy of a design.

    Parameters
    ----------
    relative_per_frame : float
        Of a frame, or of a window of a processing element.
    relative_per_mac : float or None
        None for a design without multiply-accumulates.
    roles : dict of str to float
        The same per frame, by what it is for: compute, line buffer, weights, control.
    kinds : dict of str to float
        The same per frame, by the kinds of :data:`RELATIVE_WEIGHTS`.
    stages : dict of str to float
        The same per frame, by stage; empty for a bare component.
    """

    relative_per_frame: float
    relative_per_mac: float | None
    roles: dict[str, float]
    kinds: dict[str, float]
    stages: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return asdict(self)


def macs_of(manifest: Manifest) -> int:
    """Multiply-accumulates of a frame, or of a window of a processing element."""
    if manifest.macs_per_frame is not None:
        return manifest.macs_per_frame
    design = COMPONENT_DESIGNS[manifest.kind].from_dict(manifest.parameters)
    return design.n_lanes * design.folds if isinstance(design, ArrayDesign) else 0


def energy_of(manifest: Manifest, activity: Activity) -> Energy:
    """Weigh a design's toggles.

    Parameters
    ----------
    manifest : Manifest
    activity : Activity
        Of the design, counted by parts.
    """
    roles = dict.fromkeys((*dict.fromkeys(ROLES.values()), CONTROL), 0.0)
    stages = dict.fromkeys((layer["name"] for layer in manifest.layers), 0.0)
    for path, toggles in activity.parts.items():
        energy = sum(_weighed(toggles).values()) / activity.frames
        roles[role_of(path)] += energy
        stage = path.partition("/")[0].removeprefix("core.")
        if stage in stages:
            stages[stage] += energy
    kinds = {kind: energy / activity.frames for kind, energy in _weighed(activity.total).items()}
    total, macs = sum(kinds.values()), macs_of(manifest)
    return Energy(
        relative_per_frame=total,
        relative_per_mac=total / macs if macs else None,
        roles=roles,
        kinds=kinds,
        stages=stages,
    )


def _weighed(toggles: Toggles) -> dict[str, float]:
    """Relative energy by kind."""
    counts = {
        **toggles.toggles,
        "dsp_inputs": toggles.dsp_inputs,
        "ram_cycles": toggles.ram_cycles,
    }
    return {kind: weight * counts[kind] for kind, weight in RELATIVE_WEIGHTS.items()}
