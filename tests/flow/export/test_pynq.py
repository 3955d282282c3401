"""The PYNQ driver on a board that is not there: its DMA is the golden model."""

import importlib
import sys
import types

import numpy as np
import pytest

from boards import find_board
from quant.datasets import pixel_values
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.write import export_design
from shiftconv.flow.generate import generate_network
from shiftconv.host.packing import pack, unpack
from shiftconv.plan import make_plan
from tests.cli.networks import small_network

NETWORK = small_network("tiny")


class Overlay:
    """What ``pynq.Overlay`` gives for the design: registers, and a DMA with both channels."""

    def __init__(self, design):
        self.design = design
        self.memory = {r.address: r.value or 0 for r in design.registers.registers}
        self.accelerator = types.SimpleNamespace(read=self.memory.__getitem__, write=self._write)
        self.dma = types.SimpleNamespace(
            sendchannel=types.SimpleNamespace(transfer=self._send, wait=self._wait),
            recvchannel=types.SimpleNamespace(transfer=self._receive, wait=self._wait),
        )
        self.frames, self.waiting, self.moving, self.resets = [], [], 0, 0

    def _write(self, address, value):
        assert (address, value) == (self.design.registers["CONTROL"].address, 1)
        self.resets += 1

    def _receive(self, buffer):
        assert buffer.dtype == np.uint8
        self.waiting.append(buffer)

    def _send(self, buffer):
        # The one transfer that a channel can have is over; a result has where to go.
        assert self.moving == 0
        self.moving = 2
        (target,) = self.waiting
        self.waiting = []
        layouts = self.design.layouts
        frame = unpack(np.array(buffer), layouts["s_axis"])
        self.frames.append(frame)
        target[:] = pack(NETWORK.infer(frame), layouts["m_axis"])[0]

    def _wait(self):
        self.moving -= 1


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The design, and the folder of its export."""
    folder = tmp_path_factory.mktemp("pynq") / "tiny"
    manifest = generate_network(make_plan(NETWORK), folder)
    board = find_board("pynq_z2")
    export = export_design(folder, manifest, kind="vivado", board=board)
    return ExportDesign(folder, manifest, board), export.folder


@pytest.fixture
def pynq(monkeypatch, exported):
    """The driver's module, and the overlay that it will find."""
    design, folder = exported
    overlay = Overlay(design)
    fake = types.ModuleType("pynq")
    fake.Overlay = lambda bitfile, **options: overlay
    fake.allocate = lambda shape, dtype: np.zeros(shape, dtype)
    monkeypatch.setitem(sys.modules, "pynq", fake)
    monkeypatch.syspath_prepend(folder)
    for name in ("tiny_pynq", "tiny_packing", "tiny_registers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("tiny_pynq"), overlay
    for name in ("tiny_pynq", "tiny_packing", "tiny_registers"):
        sys.modules.pop(name, None)


def test_logits(pynq, rng):
    driver, overlay = pynq
    accelerator = driver.Accelerator("tiny.bit")
    assert overlay.resets == 1
    images = rng.integers(0, 256, (5, 8, 8, 1), np.uint8)
    act = NETWORK.in_format.quantize(pixel_values(images))
    golden = NETWORK.infer(act)
    assert (accelerator.run(act) == golden).all()
    assert (np.concatenate(overlay.frames) == act).all()
    assert (accelerator.infer(images) == NETWORK.out_format.dequantize(golden)).all()
    floats = rng.random((4, 8, 8, 1)) * 1.3 - 0.1
    assert (accelerator.quantize(floats) == NETWORK.in_format.quantize(floats)).all()
    assert accelerator.run(act[:0]).shape == (0, 1, 1, 3)


def test_another_design(pynq):
    driver, overlay = pynq
    overlay.memory[overlay.design.registers["DIGEST_7"].address] ^= 1
    with pytest.raises(RuntimeError, match="Not the design"):
        driver.Accelerator("tiny.bit")
