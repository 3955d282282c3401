"""Least squares with coefficients that are not negative, near what is expected of them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_near"]

Vector = NDArray[np.float64]

ROUNDS = 500
TRUSTS = 6
FAR = 0.05
"""Relative error from which on a sample counts for less; chosen by cross-validation."""


def fit_near(
    features: NDArray[np.float64],
    amounts: Vector,
    expected: Vector,
    spread: Vector,
    *,
    strength: float,
    least: float,
) -> Vector:
    """Coefficients with the least relative error.

    ``sum(h((features @ c - amounts) / max(amounts, least))) + strength * sum(((c - expected) /
    spread)**2)`` is minimal over all ``c >= 0``, ``h`` the square of small errors, and linear
    beyond ``FAR`` (Huber), so that a layer of which synthesis leaves nothing does not spoil all.

    Parameters
    ----------
    features : ndarray of float64, shape (samples, features)
    amounts : ndarray of float64, shape (samples,)
    expected, spread : ndarray of float64, shape (features,)
        What coefficients should be, and how far they may well be from it, above 0.
    strength : float
        Weight of what is expected.
    least : float
        Smaller amounts count as if they were so large.

    Returns
    -------
    ndarray of float64, shape (features,)
    """
    weights = 1 / np.maximum(amounts, least)
    pull = strength / spread**2
    found = expected.copy()
    trust = np.ones(len(amounts))
    for _ in range(TRUSTS):
        scaled = features * (weights * trust)[:, None]
        normal = scaled.T @ scaled + np.diag(pull)
        right = scaled.T @ (amounts * weights * trust) + pull * expected
        for _ in range(ROUNDS // TRUSTS):
            # One coefficient after the other, as far as zero.
            for n in range(len(found)):
                step = (right[n] - normal[n] @ found) / normal[n, n]
                found[n] = max(0.0, found[n] + step)
        errors = np.abs(features @ found - amounts) * weights
        trust = np.sqrt(np.minimum(1, FAR / np.maximum(errors, FAR)))
    return found
