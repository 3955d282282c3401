"""Call the command line in this process."""

import json
import sys
from dataclasses import dataclass

from shiftconv.cli import cli
from shiftconv.cli.report import guarded

__all__ = ["Outcome", "Shell"]


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Shell:
    """Calls ``shiftconv`` as ``shell("check", "lenet5")``."""

    def __init__(self, monkeypatch, capsys):
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *args):
        self.monkeypatch.setattr(sys, "argv", ["shiftconv", *map(str, args)])
        self.capsys.readouterr()
        code = guarded(cli)
        captured = self.capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    def refused(self, *args, code=2):
        """The one sentence of a command that must end with ``code``."""
        outcome = self(*args)
        assert outcome.code == code, outcome
        assert "Traceback" not in outcome.err
        assert "defect" not in outcome.err
        return outcome.err
