"""Numbers with units on the command line."""

import re
from dataclasses import dataclass
from typing import Any

import click

__all__ = ["Amount", "Duration", "Seconds", "Share"]

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class Share:
    """A part of what a board has.

    Parameters
    ----------
    part : float
    """

    part: float


@dataclass(frozen=True)
class Seconds:
    """A time.

    Parameters
    ----------
    value : float
    """

    value: float


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
