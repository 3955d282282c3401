"""Bars on a terminal, nothing in a pipe."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from rich.console import Console

from shiftconv.cli.progress import Progress


class Screen:
    """A terminal's text, or a pipe's, and a clock that the test turns."""

    def __init__(self, path, *, is_terminal=True):
        self.path = path
        self.file = path.open("w")
        self.console = Console(file=self.file, force_terminal=is_terminal, width=100)
        self.now = 0.0

    def progress(self, what):
        progress = Progress(self.console, what)
        progress._bar.get_time = progress._bar.tasks[0]._get_time = lambda: self.now
        progress._bar.tasks[0].start_time = 0.0
        return progress

    def last(self, progress):
        """The line that is shown now."""
        drawn = Console(file=io.StringIO(), width=100)
        drawn.print(progress._bar.get_renderable())
        return drawn.file.getvalue().strip()


@pytest.fixture
def screen(tmp_path):
    screen = Screen(tmp_path / "terminal")
    yield screen
    screen.file.close()


def test_rate_and_time_left_of_images(screen):
    with screen.progress("Simulating") as progress:
        show = progress.images(200)
        for screen.now, n_done in (0, 50), (1, 51), (10, 150):
            show(n_done)
        line = screen.last(progress)
    # 100 of them in ten seconds; those that were there before do not count.
    assert "150/200 images" in line
    assert "10.0 images/s" in line
    assert line.endswith("0:00:10, 0:00:05 left")


def test_shares(screen):
    with screen.progress("Synthesizing") as progress:
        assert screen.last(progress).endswith("0:00:00")
        screen.now = 20
        progress.share(0.1)
        assert screen.last(progress).endswith("0:00:20")
        screen.now = 80
        progress.share(0.4)
        line = screen.last(progress)
    assert " 40 % " in line
    assert line.endswith("0:01:20, 0:02:00 left")


def test_a_count_ends_with_the_next_detail(screen):
    with screen.progress("Simulating") as progress:
        progress("compiling")
        progress.share(0.5)
        screen.now = 9
        progress("still compiling")
        assert "Simulating: still compiling" in screen.last(progress)
        assert " 50 % " in screen.last(progress)
        progress.share(1)
        progress("simulating")
        assert "%" not in screen.last(progress)
        assert screen.last(progress).endswith("0:00:00")
        progress.count(3, 12)
        assert "3/12" in screen.last(progress)


def test_lower_numbers_begin_anew(screen):
    with screen.progress("Measuring") as progress:
        progress.count(7, 8)
        screen.now = 50
        progress.count(1, 8)
        assert screen.last(progress).endswith("0:00:00")


def test_many_threads(screen):
    with screen.progress("Measuring") as progress, ThreadPoolExecutor(8) as pool:

        def tell(n):
            progress(str(n))
            progress.count(n % 7, 6)

        list(pool.map(tell, range(300)))
        assert len(progress._bar.tasks) == 1


def test_a_pipe_shows_nothing(tmp_path):
    pipe = Screen(tmp_path / "pipe", is_terminal=False)
    with pipe.progress("Simulating") as progress:
        progress("compiling")
        progress.share(0.3)
        progress.images(200)(50)
    pipe.file.close()
    assert not pipe.path.read_text()
