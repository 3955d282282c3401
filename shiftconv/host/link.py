"""Talk to an accelerator behind a serial line."""

import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
import serial
from numpy.typing import NDArray

from shiftconv.host.protocol import Decoder, ErrorCode, Kind, Packet, encode
from shiftconv.host.registers import IDENTIFICATION, MAP_VERSION, base_map

__all__ = ["DEFAULT_BAUD", "Link", "LinkError", "Sent"]

DEFAULT_BAUD = 1_000_000
MAX_TRIES = 10
MAX_TRIES_OF_A_FRAME = 100
WINDOW = 8


class LinkError(RuntimeError):
    """A board does not answer, or not as it should; the message is a sentence."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of frames that were sent.

    Parameters
    ----------
    results : ndarray of uint8, shape (n, bytes of an output frame)
    seconds : float
        From the first byte sent to the last result.
    resent : int
        Frames that were sent again.
    refusals : dict
        How often the board refused something, by the name of the error.
    """

    results: NDArray[np.uint8]
    seconds: float
    resent: int
    refusals: dict[str, int]


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
        self, frames: NDArray[np.uint8], *, on_result: Callable[[int], None] = lambda done: None
    ) -> Sent:
        """Send frames and gather their results.

        Parameters
        ----------
        frames : ndarray of uint8, shape (n, bytes of an input frame)
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
        return _Run(self, frames, sizes["OUT_FRAME_BYTES"], on_result).complete()

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

    def _ask(self, kind: Kind) -> bytes:
        """Payload of the answer to a question without one."""
        for _ in range(MAX_TRIES):
            seq = secrets.randbelow(2**16)
            self.send(kind, seq)
            end = time.monotonic() + self.timeout
            while packet := self.receive(end - time.monotonic()):
                if (packet.kind, packet.seq) == (kind, seq):
                    return packet.payload
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


class _Run:
    """One run over all frames.

    A board answers in the order in which it was asked, so a result for a later frame says that an
    earlier one was lost. Every time that a frame is sent it has a new number; a result that was
    given up and comes in the end is taken too.
    """

    def __init__(
        self,
        link: Link,
        frames: NDArray[np.uint8],
        result_bytes: int,
        on_result: Callable[[int], None],
    ):
        self.link = link
        self.frames = frames
        self.result_bytes = result_bytes
        self.on_result = on_result
        self.results: dict[int, bytes] = {}
        self.todo = list(range(len(frames)))[::-1]
        self.tries: Counter[int] = Counter()
        self.frame_of: dict[int, int] = {}
        # Numbers that wait for an answer, in the order of sending, and the bytes of each.
        self.waiting: dict[int, int] = {}
        self.window = WINDOW
        self.seq = 0
        self.refusals: Counter[str] = Counter()

    def complete(self) -> Sent:
        begin = last_heard = time.monotonic()
        silences = 0
        while len(self.results) < len(self.frames):
            self._fill_window()
            line = self.link.seconds(sum(self.waiting.values()) + 2 * self.result_bytes)
            patience = last_heard + self.link.timeout + line - time.monotonic()
            packet = self.link.receive(patience)
            if packet is None:
                silences += 1
                self._give_up(list(self.waiting))
            else:
                silences = 0
                self._take(packet)
            if silences == MAX_TRIES:
                raise LinkError(
                    f"{self.link.port} fell silent after {len(self.results)} of "
                    f"{len(self.frames)} results"
                )
            last_heard = time.monotonic()
        results = b"".join(self.results[n] for n in range(len(self.frames)))
        return Sent(
            results=np.frombuffer(results, np.uint8).reshape(-1, self.result_bytes),
            seconds=time.monotonic() - begin,
            resent=sum(self.tries.values()) - len(self.tries),
            refusals=dict(self.refusals),
        )

    def _fill_window(self) -> None:
        while self.todo and len(self.waiting) < self.window:
            frame = self.todo.pop()
            if frame in self.results:
                continue
            self.tries[frame] += 1
            if self.tries[frame] > MAX_TRIES_OF_A_FRAME:
                raise LinkError(
                    f"Frame {frame} was sent {MAX_TRIES_OF_A_FRAME} times to {self.link.port}, and "
                    "no result came"
                )
            self.seq = (self.seq + 1) % 2**16
            self.frame_of[self.seq] = frame
            self.waiting[self.seq] = self.link.send(
                Kind.FRAME, self.seq, self.frames[frame].tobytes()
            )

    def _take(self, packet: Packet) -> None:
        earlier = []
        if packet.seq in self.waiting:
            order = list(self.waiting)
            earlier = order[: order.index(packet.seq)]
        if packet.kind == Kind.RESULT and len(packet.payload) == self.result_bytes:
            frame = self.frame_of.get(packet.seq)
            if frame is None:
                return
            self.waiting.pop(packet.seq, None)
            if frame not in self.results:
                self.results[frame] = packet.payload
                self.on_result(len(self.results))
            self._give_up(earlier)
        elif packet.kind == Kind.ERROR and len(packet.payload) == 1:
            self._refused(packet)

    def _refused(self, packet: Packet) -> None:
        """Send what a board dropped again, and less at a time if it is busy."""
        code = packet.payload[0]
        known = code in list(ErrorCode)
        self.refusals[ErrorCode(code).name.lower() if known else f"error {code}"] += 1
        if code == ErrorCode.BUSY:
            self.window = max(1, min(self.window, len(self.waiting)) - 1)
            # A refusal is no try: the frame waits for its turn.
            frame = self.frame_of.get(packet.seq)
            if frame is not None and packet.seq in self.waiting:
                self.tries[frame] -= 1
        if packet.seq in self.waiting:
            self._give_up([packet.seq])

    def _give_up(self, numbers: list[int]) -> None:
        """Send the frames of these numbers again, the first of them first."""
        for number in reversed(numbers):
            del self.waiting[number]
            self.todo.append(self.frame_of[number])
