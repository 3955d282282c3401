"""All frames of a run through a line that may lose some."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shiftconv.host.protocol import ErrorCode, Kind, Packet

__all__ = ["MAX_TRIES", "FrameRun", "Line", "LinkError", "Sent"]

MAX_TRIES = 10
MAX_TRIES_OF_A_FRAME = 100
WINDOW = 8


class Line(Protocol):
    """What a run needs of a link."""

    port: str
    timeout: float

    def send(self, kind: Kind, seq: int, payload: bytes = b"") -> int:
        """Put a packet on the line; returns its bytes there."""

    def receive(self, timeout: float) -> Packet | None:
        """The next packet; None if there is none in time."""

    def seconds(self, n_bytes: int) -> float:
        """Time that the line takes for so many bytes."""


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


class FrameRun:
    """One run over all frames.

    A board answers in the order in which it was asked, so a result for a later frame says that an
    earlier one was lost. Every time that a frame is sent it has a new number; a result that was
    given up and comes in the end is taken too.

    Parameters
    ----------
    link : Line
    frames : ndarray of uint8, shape (n, bytes of an input frame)
    result_bytes : int
        Bytes of an output frame.
    on_result : callable
        Told how many results are there, after each.
    """

    def __init__(
        self,
        link: Line,
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
        """Send until all results are there; raises LinkError."""
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
        if packet.seq in self.waiting:
            self._give_up([packet.seq])

    def _give_up(self, numbers: list[int]) -> None:
        """Send the frames of these numbers again, the first of them first."""
        for number in reversed(numbers):
            del self.waiting[number]
            self.todo.append(self.frame_of[number])
