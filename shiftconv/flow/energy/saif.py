"""Toggle counts from SAIF files (IEEE 1801, backward) as Verilator writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["NetActivity", "parse_saif"]

Scope = tuple[str, ...]

LINE = re.compile(
    r"^ *(?:\(INSTANCE (?P<instance>\S+)"
    r"|\((?P<net>\S+) \(T0 \d+\) \(T1 (?P<high>\d+)\).*\(TC (?P<toggles>\d+)\)\)"
    r"|(?P<section>\(NET)|(?P<end>\)))$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class NetActivity:
    """What a net did.

    Parameters
    ----------
    toggles : int
    high : int
        Time at one, in half cycles.
    """

    toggles: int
    high: int

    def __sub__(self, other: "NetActivity") -> "NetActivity":
        """What it did in the time by which this one is longer."""
        return NetActivity(self.toggles - other.toggles, self.high - other.high)


def parse_saif(text: str) -> Mapping[Scope, Mapping[str, NetActivity]]:
    """Nets of every instance, by its path; a bit of a bus is ``name[3]``."""
    found: dict[Scope, dict[str, NetActivity]] = {}
    path: list[str | None] = []
    for match in LINE.finditer(text):
        if match["end"]:
            if path:
                path.pop()
        elif match["net"]:
            scope = tuple(name for name in path if name)
            name = match["net"].replace("\\", "")
            found.setdefault(scope, {})[name] = NetActivity(
                int(match["toggles"]), int(match["high"])
            )
        else:
            path.append(match["instance"])
    return found
