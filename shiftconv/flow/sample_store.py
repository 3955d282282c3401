"""A few images and what a simulated design answers to them, kept in its build folder."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.files import write_atomic
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.results import RESULTS

__all__ = ["N_SAMPLES", "Samples", "keep_samples", "kept_samples"]

N_SAMPLES = 24
SAMPLES = "samples.npz"

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Samples:
    """The first images of a simulation.

    Parameters
    ----------
    images : ndarray of uint8 or floating point, shape (n, height, width, channels)
    labels : ndarray of int64, shape (n,)
    simulated, golden : ndarray of int64, shape (n, classes)
        Outputs of the simulated design and of the golden model.
    """

    images: NDArray[Any]
    labels: IntArray
    simulated: IntArray
    golden: IntArray


def keep_samples(folder: Path, manifest: Manifest, samples: Samples) -> None:
    """Write ``results/samples.npz``; raises OutputError if it cannot be written."""
    buffer = io.BytesIO()
    np.savez(buffer, digest=manifest.digest, **vars(samples))
    write_atomic(folder / RESULTS / SAMPLES, buffer.getvalue())


def kept_samples(folder: Path, manifest: Manifest) -> Samples | None:
    """What was kept; None if nothing was, or it is damaged or of another design."""
    try:
        with np.load(folder / RESULTS / SAMPLES, allow_pickle=False) as arrays:
            if arrays["digest"] != manifest.digest:
                return None
            names = ("images", "labels", "simulated", "golden")
            return Samples(**{name: arrays[name] for name in names})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
