"""Numbers with units on the command line."""

import re
from typing import Any

import click

from shiftconv.wishes import UNITS, Seconds, Share

__all__ = ["Amount", "Duration", "Several"]


class Several(click.ParamType):
    """Values with commas between.

    Parameters
    ----------
    kind : click.ParamType
        Of each.
    """

    def __init__(self, kind: click.ParamType):
        self.kind = kind
        self.name = f"{kind.name},..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(self.kind.convert(part, param, ctx) for part in str(value).split(","))


class Amount(click.ParamType):
    """A number, ``20000``, or a :class:`Share`, ``60%``."""

    name = "number|%"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Share | float:
        found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is neither a number nor a percentage such as 60%", param, ctx)
        number = float(found[1])
        return Share(number / 100) if found[2] else number


class Duration(click.ParamType):
    """Cycles, ``5000``, or :class:`Seconds`, ``50us``."""

    name = "cycles|time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Seconds | int:
        text = str(value).strip()
        if text.isdecimal() and int(text):
            return int(text)
        found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(s|ms|us|µs|ns)", text)
        if found is None or not float(found[1]):
            self.fail(f"{value!r} is neither a number of cycles nor a time like 50us", param, ctx)
        return Seconds(float(found[1]) * UNITS[found[2]])
