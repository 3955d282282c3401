"""How commands speak: tables or JSON out, sentences and exit codes when something is wrong."""

import functools
import json
import shlex
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from amaranth.hdl import UnusedElaboratable
from rich.console import Console, RenderableType

from shiftconv.cli.progress import Progress
from shiftconv.flow.files import OutputError, write_atomic
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.pnr.place_and_route import TooBigError
from shiftconv.flow.results import keep_result
from shiftconv.flow.simulation.compiled import SimulationError
from shiftconv.flow.simulation.stream_simulation import StreamError
from shiftconv.flow.synthesis.synthesize import DspError
from shiftconv.flow.tools import ToolError, tool_versions
from shiftconv.host.link import LinkError
from shiftconv.plan import PlanError

__all__ = ["ClickShape", "Report", "guarded", "reporting"]

PIPE_WIDTH = 120
DONE, DOES_NOT_HOLD, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
FAILURES = (PlanError, DspError, LinkError, SimulationError, StreamError, TooBigError, ToolError)


class Report:
    """Where a command's results go.

    Parameters
    ----------
    json_path : str or None
        File for the machine-readable result; ``-`` is standard output, and then no table goes
        there.
    quiet : bool
        No tables and no progress.
    """

    def __init__(self, json_path: str | None, quiet: bool):
        self.json_path = json_path
        self.start = time.monotonic()
        self.out = Console(quiet=quiet or json_path == "-", highlight=False)
        if not self.out.is_terminal:
            self.out.width = PIPE_WIDTH
        self.err = Console(stderr=True, quiet=quiet, highlight=False)

    def progress(self, what: str) -> Progress:
        """What to show while ``what`` goes on; a context manager."""
        return Progress(self.err, what)

    def show(self, *items: RenderableType) -> None:
        """Print for a person."""
        for item in items:
            self.out.print(item)

    def keep(self, folder: Path, manifest: Manifest, name: str, result: dict[str, Any]) -> None:
        """Leave a result in a design's build folder, for ``shiftconv report`` to find."""
        keep_result(folder, manifest, name, self._whole(result))

    def _whole(self, result: dict[str, Any]) -> dict[str, Any]:
        """A result with what it comes from."""
        return {
            "command": shlex.join(["shiftconv", *sys.argv[1:]]),
            "tool_versions": tool_versions(),
            "seconds": round(time.monotonic() - self.start, 3),
            **result,
        }

    def finish(self, result: dict[str, Any], *, holds: bool = True) -> int:
        """Write the machine-readable result; returns the exit code."""
        if self.json_path is not None:
            text = json.dumps(self._whole(result), indent=2) + "\n"
            if self.json_path == "-":
                click.echo(text, nl=False)
            else:
                write_atomic(Path(self.json_path), text)
        return DONE if holds else DOES_NOT_HOLD


def reporting(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command ``--json`` and ``--quiet``, and a :class:`Report` as its first argument."""

    @functools.wraps(command)
    def wrapped(json_path: str | None, quiet: bool, **options: Any) -> int:
        return command(Report(json_path, quiet), **options)

    with_quiet = click.option("--quiet", "-q", is_flag=True, help="No tables, no progress.")
    with_json = click.option("--json", "json_path", metavar="FILE|-", help="Result as JSON.")
    return with_json(with_quiet(wrapped))


class ClickShape(click.ParamType):
    """Numbers such as ``32x32x16`` or ``1,0,1,0``; a single number stands for all of them.

    Parameters
    ----------
    length : int
        How many.
    low : int
        Least value allowed.
    """

    name = "numbers"

    def __init__(self, length: int, *, low: int = 1):
        self.length = length
        self.low = low

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = str(value).replace(",", "x").split("x")
        if not all(part.strip().isdecimal() for part in parts):
            self.fail(f"{value!r} is not a list of numbers such as 3x3", param, ctx)
        numbers = [int(part) for part in parts]
        if len(numbers) == 1:
            numbers *= self.length
        if len(numbers) != self.length:
            self.fail(f"{value!r} must be 1 or {self.length} numbers", param, ctx)
        if min(numbers) < self.low:
            self.fail(f"{value!r} must be at least {self.low} each", param, ctx)
        return tuple(numbers)


def guarded(command: click.Command) -> int:
    """Run a command; whatever goes wrong ends as one sentence and an exit code.

    0: done. 1: what was asked does not hold, or a tool failed. 2: the input or the call is wrong.
    130: interrupted.
    """
    try:
        return command.main(standalone_mode=False) or DONE
    except click.ClickException as error:
        error.show()
        return WRONG_INPUT
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted", INTERRUPTED)
    except FAILURES as error:
        return _complain(str(error), DOES_NOT_HOLD)
    except (ValueError, OutputError) as error:
        return _complain(str(error), WRONG_INPUT)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", WRONG_INPUT)
    except MemoryError:
        return _complain("there is not enough memory for this", DOES_NOT_HOLD)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return _complain(
            f"this is a defect of shiftconv, please report it: {type(error).__name__}: {error} "
            f"({Path(frame.filename).name}:{frame.lineno})",
            DOES_NOT_HOLD,
        )


def _complain(sentence: str, code: int) -> int:
    # What was under way stays half-built, and nobody needs to hear that.
    warnings.simplefilter("ignore", UnusedElaboratable)
    click.echo(f"shiftconv: {sentence}", err=True)
    return code
