"""How far a synthesis is, by the pass that Yosys has come to.

Passes take very different times, so each family's table says when each pass of its recipe began, as
a share of the whole time, on a small network. ``python -m tests.benchmarks.synthesis_passes``
measures it. Other designs spend their time otherwise, but the order of magnitude stays.
"""

import importlib.resources
import json
from collections.abc import Callable
from functools import cache

__all__ = ["SHARES_FILE", "PassShares"]

SHARES_FILE = "data/synthesis_passes.json"


@cache
def _tables() -> dict[str, list[float]]:
    text = importlib.resources.files("shiftconv").joinpath(SHARES_FILE).read_text()
    return json.loads(text)["begins"]


class PassShares:
    """Turns numbers of passes into shares; a function for ``run_yosys``.

    Parameters
    ----------
    family : str
    on_share : callable
        Given numbers from 0 to 1, none lower than the one before.
    """

    def __init__(self, family: str, on_share: Callable[[float], None]):
        self._begins = _tables().get(family, [])
        self._on_share = on_share
        self._share = 0.0

    def __call__(self, number: str) -> None:
        """Yosys begins the pass of that number, such as ``2.36.1``."""
        parts = number.split(".")
        if len(parts) > 1 and int(parts[1]) <= len(self._begins):
            share = self._begins[int(parts[1]) - 1]
            if share > self._share:
                self._share = share
                self._on_share(share)

    def end(self) -> None:
        """Yosys has ended."""
        self._on_share(1.0)
