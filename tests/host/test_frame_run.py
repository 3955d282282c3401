"""A run against boards that refuse, forget, repeat and die; without a wire between."""

from collections import deque

import numpy as np
import pytest

from shiftconv.host.frame_run import MAX_TRIES, FrameRun, LinkError
from shiftconv.host.protocol import ErrorCode, Kind, Packet


class Board:
    """Adds one to every byte. Answers when asked for a packet, in the order of its frames.

    Parameters
    ----------
    room : int
        Frames that it holds; it refuses more.
    lose : callable
        Given how many results it gave so far, whether the next one gets lost.
    """

    port, timeout = "board", 1.0

    def __init__(self, *, room=100, lose=lambda n: False):
        self.room = room
        self.lose = lose
        self.frames, self.errors = deque(), deque()
        self.given = self.most = self.silences = 0

    def send(self, kind, seq, payload=b""):
        assert kind == Kind.FRAME
        if len(self.frames) == self.room:
            self.errors.append(Packet(Kind.ERROR, seq, bytes([ErrorCode.BUSY])))
        else:
            self.frames.append((seq, payload))
        self.most = max(self.most, len(self.frames))
        return len(payload)

    def receive(self, timeout):
        if self.errors:
            return self.errors.popleft()
        while self.frames:
            seq, payload = self.frames.popleft()
            self.given += 1
            if not self.lose(self.given - 1):
                return Packet(Kind.RESULT, seq, bytes((byte + 1) % 256 for byte in payload))
        self.silences += 1
        return None

    def seconds(self, n_bytes):
        return 0.0


def run(board, rng, n=30, on_result=lambda done: None):
    frames = rng.integers(0, 256, (n, 5), np.uint8)
    sent = FrameRun(board, frames, 5, on_result).complete()
    assert (sent.results == frames + 1).all()
    return sent


def test_a_good_board(rng):
    counts = []
    sent = run(Board(), rng, on_result=counts.append)
    assert (sent.resent, sent.refusals) == (0, {})
    assert counts == [*range(1, 31)]


@pytest.mark.parametrize("room", [1, 2, 5])
def test_a_board_with_little_room(rng, room):
    """It refuses some at first; then no more is sent at a time than it holds."""
    board = Board(room=room)
    sent = run(board, rng, n=200)
    assert board.most == room
    assert 0 < sent.refusals["busy"] == sent.resent <= 40


@pytest.mark.parametrize("lost", [{0}, {29}, {3, 4, 5}, {*range(0, 60, 2)}, {*range(20)}], ids=str)
def test_lost_results(rng, lost):
    sent = run(Board(lose=lost.__contains__), rng)
    assert sent.resent >= len([n for n in lost if n < 30])


def test_a_later_result_tells_that_one_was_lost(rng):
    """No silence is needed for that."""
    board = Board(lose={3, 4, 17}.__contains__)
    assert run(board, rng).resent == 3
    assert board.silences == 0


def test_a_result_that_was_given_up_is_taken(rng):
    """Results late by one silence: nothing is computed in vain, nothing goes wrong."""

    class Late(Board):
        asked = 0

        def receive(self, timeout):
            self.asked += 1
            return None if self.asked % 9 == 5 else super().receive(timeout)

    run(Late(), rng)


def test_garbled_numbers_of_errors(rng):
    """Errors about packets that nobody sent, and results of nobody."""
    board = Board()
    board.errors += [
        Packet(Kind.ERROR, 9999, b"\x01"),
        Packet(Kind.ERROR, 1, b"\x63"),
        Packet(Kind.RESULT, 7777, bytes(5)),
        Packet(Kind.RESULT, 1, bytes(4)),
        Packet(Kind.ERROR, 1, b""),
    ]
    sent = run(board, rng)
    assert sent.refusals == {"crc": 1, "error 99": 1}


def test_a_board_that_dies(rng):
    with pytest.raises(LinkError, match="board fell silent after 7 of 30 results"):
        run(Board(lose=lambda n: n >= 7), rng)


def test_a_board_that_always_refuses(rng):
    with pytest.raises(LinkError, match=r"Frame \d was sent 100 times to board"):
        run(Board(room=0), rng)


def test_silence_is_borne_for_a_while(rng):
    silences = iter([True] * (MAX_TRIES - 1))

    class Slow(Board):
        def receive(self, timeout):
            return None if next(silences, False) else super().receive(timeout)

    run(Slow(), rng)
