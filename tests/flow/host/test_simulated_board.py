"""The host's program against the Verilog of a board, over good and bad cables."""

import threading

import numpy as np
import pytest

from shiftconv.flow.generate import generate_network, read_plan
from shiftconv.flow.host.simulated_board import SimulatedBoard
from shiftconv.flow.manifest import Manifest
from shiftconv.host.link import Link, LinkError
from shiftconv.host.packing import FrameLayout, pack, unpack
from shiftconv.plan import make_plan
from tests.cli.networks import small_network


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board") / "small"
    generate_network(make_plan(small_network()), folder)
    return folder


@pytest.fixture(scope="module")
def manifest(folder):
    return Manifest.read(folder)


@pytest.fixture(scope="module")
def board(folder, manifest):
    return SimulatedBoard.build(folder, manifest)


class Cable:
    """Loses, changes and adds bytes, each with this chance."""

    def __init__(self, rng, chance):
        self.rng = rng
        self.chance = chance
        self.faults = 0

    def __call__(self, data):
        out = bytearray()
        for byte in data:
            fault = int(self.rng.random() / self.chance)
            self.faults += fault < 3
            if fault == 0:
                continue
            if fault == 1:
                byte ^= 1 << int(self.rng.integers(0, 8))
            if fault == 2:
                out.append(int(self.rng.integers(0, 256)))
            out.append(byte)
        return bytes(out)


def frames_of(manifest, rng, n):
    layout = FrameLayout(**manifest.frames["s_axis"])
    return rng.integers(layout.lo, layout.hi, (n, *layout.shape), endpoint=True), layout


def check(folder, manifest, frames, layout, port, **options):
    """Send frames; every result must be the golden model's. Returns what became of them."""
    with Link(port, **options) as link:
        sent = link.run(pack(frames, layout))
        status = link.status()
    found = unpack(sent.results, FrameLayout(**manifest.frames["m_axis"]))
    assert (found == read_plan(manifest, folder).network.infer(frames)).all()
    assert status["DIGEST"] == manifest.digest
    assert status["FRAMES_IN"] == status["FRAMES_OUT"]
    assert status["FRAME_ERRORS"] == 0
    return sent, status


def test_golden_results(folder, manifest, board, rng):
    frames, layout = frames_of(manifest, rng, 40)
    with board.plugged_in() as port:
        sent, status = check(folder, manifest, frames, layout, port)
        assert (sent.resent, sent.refusals) == (0, {})
        assert (status["FRAMES_IN"], status["LINK_ERRORS"]) == (40, 0)
        # Another host, after the first has gone.
        check(folder, manifest, frames[:3], layout, port)


@pytest.mark.parametrize("chance", [0.0005, 0.002])
def test_golden_results_over_a_bad_cable(folder, manifest, board, rng, chance):
    """Both ways; a frame is 75 bytes on the line, so most of the time several get lost."""
    frames, layout = frames_of(manifest, rng, 120)
    out, back = Cable(rng, chance), Cable(np.random.default_rng(5), chance)
    with board.plugged_in(to_board=out, to_host=back) as port:
        sent, _ = check(folder, manifest, frames, layout, port, timeout=0.4)
    assert out.faults > 0
    assert back.faults > 0
    assert sent.resent > 0


def test_a_cut_cable(folder, manifest, board, rng):
    """Nothing gets through in the middle of a frame for a while; then all does."""
    frames, layout = frames_of(manifest, rng, 60)
    cut, passed = threading.Event(), 0

    def cable(data):
        nonlocal passed
        passed += len(data)
        if passed > 1500 and not cut.is_set():
            threading.Timer(1.0, cut.set).start()
        return data if passed < 1500 or cut.is_set() else b""

    with board.plugged_in(to_board=cable) as port:
        sent, _ = check(folder, manifest, frames, layout, port, timeout=0.4)
    assert sent.resent > 0
    assert cut.is_set()


def test_a_host_that_was_killed(folder, manifest, board, rng):
    """What it left on the way does not disturb the next one."""
    frames, layout = frames_of(manifest, rng, 20)
    with board.plugged_in() as port:
        with Link(port) as link:
            link.reset()
            for n in range(3):
                link.send(1, n, pack(frames[:1], layout).tobytes()[: 64 - 9 * (n == 2)])
        check(folder, manifest, frames, layout, port)


def test_a_dead_cable(board):
    with (
        board.plugged_in(to_host=lambda data: b"") as port,
        Link(port, timeout=0.02) as link,
        pytest.raises(LinkError, match=r"Nothing that is known answers on socket://.*10 tries"),
    ):
        link.status()


def test_wrong_frames(board):
    with (
        board.plugged_in() as port,
        Link(port) as link,
        pytest.raises(ValueError, match=r"uint8 of shape \(n, 64\), not uint8 of shape \(2, 63\)"),
    ):
        link.run(np.zeros((2, 63), np.uint8))


def test_a_cable_that_dies(board, rng):
    heard = 0

    def cable(data):
        nonlocal heard
        heard += len(data)
        return data if heard < 400 else b""

    with (
        board.plugged_in(to_host=cable) as port,
        Link(port, timeout=0.02) as link,
        pytest.raises(LinkError, match=r"fell silent after \d+ of 50 results"),
    ):
        link.run(rng.integers(0, 256, (50, 64), np.uint8))
