"""The coefficients that ship."""

import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

__all__ = ["stored_estimates"]


@cache
def stored_estimates() -> Mapping[str, Any]:
    """What ``shiftconv estimates fit`` wrote: ``families`` and ``wired``, and their origin."""
    file = importlib.resources.files("shiftconv").joinpath("data", "estimates.json")
    return json.loads(file.read_text())
