"""Networks whose weights are loaded at start: simulated, compared, on a simulated board."""

import numpy as np
import pytest

from shiftconv.flow.diff.diff import diff_network
from shiftconv.flow.export.kinds import ExportError
from shiftconv.flow.export.write import export_design
from shiftconv.flow.generate import generate_network, read_plan
from shiftconv.flow.host.board_run import run_on_board
from shiftconv.flow.host.simulated_board import SimulatedBoard
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.simulate import simulate_network
from shiftconv.gateware import single_port_memory
from shiftconv.host.link import Link
from shiftconv.host.registers import RegisterMap
from shiftconv.plan import make_plan
from shiftconv.stages import conv2d
from shiftconv.target import Target
from tests.cli.networks import SHAPE, small_network


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).integers(0, 256, (4, *SHAPE), np.uint8)


@pytest.fixture(scope="module", params=[None, "ice40"])
def folder(request, tmp_path_factory):
    """The small network, all its weights loaded; on iCE40 in blocks of few words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv2d, "LOADED_BITS", 64)
        patch.setattr(single_port_memory, "BLOCK_DEPTH", 16)
        path = tmp_path_factory.mktemp("design") / "small"
        # With a structure of its own no layer has its weights as wires.
        target = Target(family=request.param, loaded=True, structure="tree")
        plan = make_plan(small_network(), target=target)
        assert set(plan.loads) == {"conv", "dense"}
        generate_network(plan, path)
        yield path


def test_the_weights_lie_in_the_build_folder(folder):
    manifest = Manifest.read(folder)
    data = (folder / "weights.bin").read_bytes()
    assert data == read_plan(manifest, folder).weight_bytes()
    assert "weights.bin" in manifest.files
    assert manifest.tdata_bytes("s_axis_weights") == 1
    primitive = "SB_SPRAM256KA" in manifest.verilog(folder).read_text()
    assert primitive == (manifest.parameters["target"]["family"] == "ice40")


def test_simulation(folder, images):
    manifest = Manifest.read(folder)
    found = simulate_network(folder, manifest, images)
    assert found.mismatched_values == 0
    assert found.cycles_per_frame == found.planned_cycles_per_frame


def test_diff(folder, images):
    manifest = Manifest.read(folder)
    if manifest.parameters["target"]["family"] is None:
        found = diff_network(folder, manifest, images, waves=folder / "waves.vcd")
        assert (found.finding, found.images) == (None, 4)


def test_python_simulation(folder, images):
    manifest = Manifest.read(folder)
    if manifest.parameters["target"]["family"] is None:
        found = simulate_network(folder, manifest, images[:2], engine="python")
        assert found.mismatched_values == 0


def test_exports(folder, tmp_path):
    """The registers have a window for the weights; others that would do without are refused."""
    manifest = Manifest.read(folder)
    if manifest.parameters["target"]["family"] is None:
        done = export_design(folder, manifest, kind="axi", output=tmp_path / "axi")
        registers = RegisterMap.from_json(
            (done.folder / f"{manifest.name}_registers.json").read_text()
        )
        assert [(w.stream, w.beat_bytes) for w in registers.windows] == [("s_axis_weights", 1)]
        with pytest.raises(ExportError, match=r"its weights from a host .* --to axi does, or gen"):
            export_design(folder, manifest, kind="icarus", output=tmp_path / "icarus")


def test_on_a_simulated_board(folder, images, rng):
    """Over a cable that changes some bytes."""
    manifest = Manifest.read(folder)
    if manifest.parameters["target"]["family"] is not None:

        def cable(data):
            hit = rng.random(len(data)) < 0.002
            return bytes(byte ^ (0x10 * h) for byte, h in zip(data, hit.tolist(), strict=True))

        board = SimulatedBoard.build(folder, manifest)
        with board.plugged_in(to_board=cable) as port, Link(port, timeout=0.3) as link:
            done = run_on_board(folder, manifest, images, None, link, compare=True)
        assert done.mismatched_values == 0
