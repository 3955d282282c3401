"""The host's end of a serial device: a pseudo terminal with a board of Python behind it."""

import os
import threading

import numpy as np
import pytest

from shiftconv.host.link import Link, LinkError
from shiftconv.host.packing import FrameLayout
from shiftconv.host.protocol import Decoder, Kind, encode
from shiftconv.host.registers import register_map

tty = pytest.importorskip("tty")

LAYOUT = FrameLayout(shape=(2, 3, 1), width=8, signed=False, frac=0, par=1)
REGISTERS = register_map(digest="ab" * 32, frames={"s_axis": LAYOUT, "m_axis": LAYOUT})


class Terminal:
    """A board that adds one to every byte of a frame, at ``device``."""

    def __init__(self, registers=REGISTERS):
        self.status = bytearray(registers.status_bytes)
        for register in registers.registers:
            value = (register.value or 0).to_bytes(4, "little")
            self.status[register.address : register.address + 4] = value
        self.near, self.far = os.openpty()
        tty.setraw(self.far)
        self.device = os.ttyname(self.far)

    def __enter__(self):
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.far, encode(Kind.ERROR, 0))
        self.thread.join()
        os.close(self.near)
        os.close(self.far)

    def _serve(self):
        decoder = Decoder()
        while True:
            for packet in decoder.feed(os.read(self.near, 4096)):
                if packet.kind == Kind.ERROR:
                    return
                answer = {
                    Kind.FRAME: lambda data: bytes((byte + 1) % 256 for byte in data),
                    Kind.STATUS: lambda data: bytes(self.status),
                    Kind.RESET: lambda data: data,
                }[packet.kind](packet.payload)
                kind = Kind.RESULT if packet.kind == Kind.FRAME else packet.kind
                os.write(self.near, encode(kind, packet.seq, answer))


def test_frames_through_a_device(rng):
    frames = rng.integers(0, 256, (100, LAYOUT.frame_bytes), np.uint8)
    frames[0] = [0x7E, 0x7D, 0x0A, 0x0D, 0x11, 0x13]
    with Terminal() as board, Link(board.device, baud=115_200) as link:
        assert link.status()["DIGEST"] == "ab" * 32
        sent = link.run(frames)
    assert (sent.results == frames + 1).all()
    assert sent.resent == 0


def test_something_else_answers():
    with Terminal() as board, Link(board.device) as link:
        board.status[0] ^= 1
        with pytest.raises(LinkError, match="is no accelerator of this version of shiftconv"):
            link.status()


def test_a_map_of_another_version():
    with Terminal() as board, Link(board.device) as link:
        board.status[4] += 1
        with pytest.raises(LinkError, match="of this version"):
            link.status()


def test_no_such_device():
    with pytest.raises(LinkError, match="Cannot open /dev/none"):
        Link("/dev/none")
