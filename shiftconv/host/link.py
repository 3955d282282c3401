"""Talk to an accelerator behind a serial line."""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
import serial
from numpy.typing import NDArray

from shiftconv.host.frame_run import MAX_TRIES, FrameRun, LinkError, Sent
from shiftconv.host.protocol import Decoder, Kind, Packet, encode
from shiftconv.host.registers import IDENTIFICATION, MAP_VERSION, base_map

__all__ = ["DEFAULT_BAUD", "Link", "LinkError", "Sent"]

DEFAULT_BAUD = 1_000_000


class Link:
    """A board behind a serial port. A context manager, which closes the port.

    Frames are sent without waiting for each result; those that get lost, either way, are sent
    again. Whatever a board said before is forgotten.

    Parameters
    ----------
    port : str
        Device, or URL as pyserial knows them: ``/dev/ttyUSB0``, ``COM3``, ``socket://HOST:PORT``.
    baud : int
    timeout : float
        Seconds without any answer, the time of the line not counted, after which what is
        unanswered counts as lost.

    Raises
    ------
    LinkError
        If the port cannot be opened.
    """

    def __init__(self, port: str, *, baud: int = DEFAULT_BAUD, timeout: float = 1.0):
        self.port = port
        self.baud = baud
        self.timeout = timeout
        try:
            self._serial = serial.serial_for_url(port, baudrate=baud, timeout=0.05)
        except (OSError, ValueError) as error:
            raise LinkError(f"Cannot open {port}: {error}") from error
        self._packets: queue.Queue[Packet | Exception] = queue.Queue()
        self._closing = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._listener.join()
        self._serial.close()

    def reset(self) -> None:
        """Bring the board to the state after power-up; frames under way are lost.

        Raises
        ------
        LinkError
            If it does not answer.
        """
        self._ask(Kind.RESET)

    def status(self) -> dict[str, Any]:
        """Values of the registers, by name.

        Raises
        ------
        LinkError
            If the board does not answer, or is no accelerator that this version knows.
        """
        payload = self._ask(Kind.STATUS)
        values = base_map().decode(payload) if len(payload) == base_map().status_bytes else {}
        if values.get("ID") != IDENTIFICATION or values["VERSION"] != MAP_VERSION:
            raise LinkError(
                f"What answers on {self.port} is no accelerator of this version of shiftconv"
            )
        return values

    def run(
        self,
        frames: NDArray[np.uint8],
        *,
        weights: bytes = b"",
        on_result: Callable[[int], None] = lambda done: None,
    ) -> Sent:
        """Send frames and gather their results.

        Parameters
        ----------
        frames : ndarray of uint8, shape (n, bytes of an input frame)
        weights : bytes
            What the board takes before frames, if it does.
        on_result : callable
            Told how many results are there, after each.

        Raises
        ------
        LinkError
            If the board falls silent, or a frame gets lost time after time.
        ValueError
            If the frames are not what the board takes.
        """
        self.reset()
        sizes = self.status()
        if frames.shape[1:] != (sizes["IN_FRAME_BYTES"],) or frames.dtype != np.uint8:
            raise ValueError(
                f"Frames for this board must be uint8 of shape (n, {sizes['IN_FRAME_BYTES']}), not "
                f"{frames.dtype} of shape {frames.shape}"
            )
        self._load(weights, sizes["IN_FRAME_BYTES"])
        return FrameRun(self, frames, sizes["OUT_FRAME_BYTES"], on_result).complete()

    def send(self, kind: Kind, seq: int, payload: bytes = b"") -> int:
        """Put a packet on the line; returns its bytes there."""
        wire = encode(kind, seq, payload)
        try:
            self._serial.write(wire)
        except OSError as error:
            raise LinkError(f"Cannot write to {self.port}: {error}") from error
        return len(wire)

    def receive(self, timeout: float) -> Packet | None:
        """The next packet from the line; None if there is none in time."""
        try:
            packet = self._packets.get(timeout=max(timeout, 0))
        except queue.Empty:
            return None
        if isinstance(packet, Exception):
            raise LinkError(f"Cannot read from {self.port}: {packet}") from packet
        return packet

    def seconds(self, n_bytes: int) -> float:
        """Time that the line takes for so many bytes."""
        return 10 * n_bytes / self.baud

    def _load(self, weights: bytes, piece_bytes: int) -> None:
        """Give the board its weights, piece by piece."""
        for seq, start in enumerate(range(0, len(weights), piece_bytes)):
            piece = weights[start : start + piece_bytes].ljust(piece_bytes, b"\0")
            self._ask(Kind.WEIGHTS, piece, seq)

    def _ask(self, kind: Kind, payload: bytes = b"", number: int | None = None) -> bytes:
        """Payload of the answer to a question, which has a number of its own or a random one."""
        for _ in range(MAX_TRIES):
            seq = secrets.randbelow(2**16) if number is None else number
            n_bytes = self.send(kind, seq, payload)
            end = time.monotonic() + self.timeout + self.seconds(n_bytes)
            while packet := self.receive(end - time.monotonic()):
                if (packet.kind, packet.seq) == (kind, seq):
                    return packet.payload
                if packet.kind == Kind.ERROR and packet.seq == seq:
                    break
        raise LinkError(
            f"Nothing that is known answers on {self.port} at {self.baud:,} baud "
            f"({MAX_TRIES} tries of {self.timeout:g} s)"
        )

    def _listen(self) -> None:
        """Gather packets until the port closes."""
        decoder = Decoder()
        while not self._closing.is_set():
            try:
                data = self._serial.read(1)
                if data and (waiting := self._serial.in_waiting):
                    data += self._serial.read(waiting)
            except (OSError, TypeError) as error:
                self._packets.put(error)
                return
            for packet in decoder.feed(data):
                self._packets.put(packet)
