"""What a result depends on besides what was asked: this project's files, and the tools."""

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import boards
import quant
import shiftconv
from shiftconv.flow.tools import tool_versions

__all__ = ["digest_of_arrays", "digest_of_parts", "sources_digest", "versions"]


@cache
def sources_digest() -> str:
    """SHA-256 of every file of the project's packages: any change of them is another version."""
    digest = hashlib.sha256()
    for package in (boards, quant, shiftconv):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{package.__name__}/{path.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def versions(synthesized: bool) -> dict[str, str]:
    """Versions of the tools that a point's figures come from."""
    if synthesized:
        return tool_versions()
    return {
        "shiftconv": shiftconv.__version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "highspy": version("highspy"),
    }


def digest_of_parts(*parts: Any) -> str:
    """SHA-256 of plain values, as JSON has them."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def digest_of_arrays(*arrays: NDArray[Any]) -> str:
    """SHA-256 of arrays: types, shapes and values."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
