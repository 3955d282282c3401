"""The step that is best for a generalized gamma distribution of the values."""

from dataclasses import dataclass
from math import exp, inf, lgamma, log
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration, fitting_format, squared_error
from quant.fixed_point import ActFormat

__all__ = ["GammaFit", "GeneralizedGamma", "asymptotic_step", "fitted_gamma"]

POWERS = np.geomspace(0.2, 8, 41)
SHAPES = 1e-2, 1e3
N_HALVINGS = 50


@dataclass(frozen=True)
class GammaFit:
    """Density ``p / (a * G(k)) * (x / a)**(k * p - 1) * exp(-(x / a)**p)`` of ``x > 0``.

    Parameters
    ----------
    scale : float
        ``a``.
    power : float
        ``p``: 2 for a half normal, 1 for an exponential distribution.
    shape : float
        ``k``, often written ``d / p``.
    """

    scale: float
    power: float
    shape: float


@dataclass(frozen=True, kw_only=True)
class GeneralizedGamma(Calibration):
    """The better, by squared error, of the two powers of two around :func:`asymptotic_step`.

    Zeros, such as a ReLU leaves, do not count: every step stands for them exactly, and both what
    rounding costs and what clipping costs are in proportion to the rest. Signed values count by
    their magnitude, on half as many levels. Where the largest value asks for less than the step, or
    nothing can be fitted, the step that just clips nothing stands for it.

    References
    ----------
    Kim, Yim, Ha, Lee, Kang: Convolutional Neural Network Quantization using Generalized Gamma
    Distribution, arXiv 1810.13329; the two neighbours are from the authors' patent US 11,373,087.
    How they fit is not known to us; see :func:`fitted_gamma`.
    """

    kind: ClassVar[str] = "generalized_gamma"

    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        widest = fitting_format(values, width, signed)
        magnitudes = np.abs(values[values != 0])
        fit = fitted_gamma(magnitudes)
        if fit is None:
            return widest
        step = asymptotic_step(fit, 2 ** (width - signed))
        if step is None or step >= widest.step:
            return widest
        shorter = int(np.floor(-np.log2(step)))
        formats = [ActFormat(width, frac, signed) for frac in (shorter, shorter + 1)]
        return min(formats, key=lambda fmt: squared_error(values, fmt))


def asymptotic_step(fit: GammaFit, n_levels: int) -> float | None:
    """Step of the best ``n_levels`` equal intervals from 0 up, for many levels; None if there are
    too few for the formula.

    ``a / N * (2 ln N - (2 - k) ln(2 ln N) + ln(12 / (p G(k)))) ** (1 / p)``

    Notes
    -----
    With the range ``L = N * step``, the error is about ``L**2 / (12 N**2)`` for rounding, plus what
    clipping costs; it is least where the integral of ``P(X > x)`` from ``L`` on is
    ``L / (12 N**2)``. The formula is its tail expansion, after Hui and Neuhoff, Asymptotic Analysis
    of Optimal Fixed-Rate Uniform Scalar Quantization, IEEE Trans. Inf. Theory 47(3), 2001.
    """
    twice = 2 * log(n_levels)
    reach = twice - (2 - fit.shape) * log(twice) + log(12 / fit.power) - lgamma(fit.shape)
    if reach <= 1:
        return None
    return fit.scale / n_levels * reach ** (1 / fit.power)


def fitted_gamma(magnitudes: NDArray[np.float64]) -> GammaFit | None:
    """Distribution with the values' first three moments, or with the third as near as can be.

    Powers ``p`` from 0.2 to 8 are tried; for each one ``k`` follows from
    ``E[x]**2 / E[x**2] = G(k + 1/p)**2 / (G(k) G(k + 2/p))``, and ``a`` from the mean. None if
    there are no values, or they are all the same.
    """
    if not magnitudes.size or magnitudes.min() == magnitudes.max():
        return None
    # Moments of values around 1 neither overflow nor vanish.
    unit = float(magnitudes.max())
    first, second, third = (float(((magnitudes / unit) ** n).mean()) for n in (1, 2, 3))
    wanted = 2 * log(first) - log(second)
    best, deviation = None, inf
    for power in POWERS:
        shape = _shape(wanted, power)
        log_scale = log(first) - _log_moment(shape, power, 1)
        off = abs(_log_moment(shape, power, 3) + 3 * log_scale - log(third))
        if off < deviation:
            best, deviation = GammaFit(unit * exp(log_scale), float(power), shape), off
    return best


def _shape(wanted: float, power: float) -> float:
    """``k`` whose ``2 log E[x] - log E[x**2]`` it is; the ratio grows with ``k``."""
    low, high = map(log, SHAPES)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        found = 2 * _log_moment(exp(middle), power, 1) - _log_moment(exp(middle), power, 2)
        low, high = (middle, high) if found < wanted else (low, middle)
    return exp(low)


def _log_moment(shape: float, power: float, n: int) -> float:
    """``log E[(x / a)**n]``."""
    return lgamma(shape + n / power) - lgamma(shape)
