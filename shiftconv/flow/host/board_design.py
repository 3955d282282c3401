"""The design that goes onto a board: a network's accelerator behind its serial line."""

from pathlib import Path

from shiftconv.accelerator import Accelerator
from shiftconv.flow.generate import frame_layouts, read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.host.uart_host import UartHost
from shiftconv.host.registers import register_map

__all__ = ["BOARD_TOP", "board_verilog"]

BOARD_TOP = "board"


def board_verilog(folder: Path, manifest: Manifest, *, clock_hz: float, baud: float) -> str:
    """Verilog of a network's board design: the module ``board``.

    Parameters
    ----------
    folder : Path
        Build folder of the network.
    manifest : Manifest
    clock_hz : float
        Of ``clk``.
    baud : float
        Of the serial line, which is ``rx`` and ``tx``.

    Raises
    ------
    ManifestError
        If the folder holds no network.
    ValueError
        If a bit on the line is too short for the clock.
    """
    plan = read_plan(manifest, folder)
    registers = register_map(digest=manifest.digest, frames=frame_layouts(plan))
    host = UartHost(
        Accelerator(plan),
        registers=registers,
        clock_hz=clock_hz,
        baud=baud,
        weight_bytes=len(plan.weight_bytes()),
    )
    return emit_verilog(host, name=BOARD_TOP, family=plan.target.family)
