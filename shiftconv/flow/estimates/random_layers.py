"""Random layers, and streams between them, like those of the networks that people build."""

from collections.abc import Callable, Mapping
from math import ceil, log2
from typing import Any

import numpy as np

from quant.codebook import Codebook, PowerOfTwo, TwosComplement, apot, sp2

__all__ = ["DRAWERS"]

Parameters = dict[str, Any]
Rng = np.random.Generator


def _between(rng: Rng, low: int, high: int) -> int:
    """An integer, each ratio as likely as the next."""
    return round(2 ** rng.uniform(log2(low), log2(high)))


def _channels(rng: Rng, high: int = 128) -> int:
    """Multiples of eight more often than not."""
    n = _between(rng, 3, high) if rng.random() < 0.9 else int(rng.integers(1, 3))
    return n if n < 8 or rng.random() < 0.3 else n // 8 * 8


def _format(rng: Rng, *, signed: float = 0.3, widest: int = 16) -> list[Any]:
    width = 8 if rng.random() < 0.65 else int(rng.integers(4, widest + 1))
    return [width, int(rng.integers(2, 6)), bool(rng.random() < signed)]


def _image(rng: Rng) -> Parameters:
    height = _between(rng, 4, 64)
    width = height if rng.random() < 0.8 else _between(rng, 4, 64)
    return {"in_shape": [height, width, _channels(rng)], "in_format": _format(rng)}


def _window(rng: Rng, kernel: list[int]) -> Parameters:
    """Stride and padding."""
    stride = [1, 1] if rng.random() < 0.7 else [2, 2]
    same = rng.random() < 0.65
    top, left = ((k - 1) // 2 if same else 0 for k in kernel)
    padding = [top, left, top, left]
    if rng.random() < 0.1:
        padding = [int(rng.integers(0, k)) for k in (*kernel, *kernel)]
    return {"stride": stride, "padding": padding}


def _codebook(rng: Rng) -> Codebook:
    kind = rng.random()
    if kind < 0.72:
        return PowerOfTwo(int(rng.choice([0, 1, 2, 3, 4], p=[0.05, 0.25, 0.4, 0.2, 0.1])))
    if kind < 0.92:
        return [apot(4), apot(5), sp2(3), sp2(4), sp2(5)][rng.integers(5)]
    return TwosComplement(int(rng.integers(2, 9)))


def _weights(rng: Rng, levels: list[int], fan_in: int, in_format: list[Any]) -> Parameters:
    codebook = _codebook(rng)
    largest = max(abs(int(level)) for level in codebook.levels)
    # Of the smallest levels between a third and two thirds are zero.
    spread = rng.uniform(0.25, 0.5) if largest > 1 else rng.uniform(0.6, 1.1)
    spread = float(np.round(spread, 2))
    out_format = _format(rng, signed=0.2)
    # Outputs of about the format's width, as a calibrated network has.
    sum_bits = in_format[0] - 1 + log2(largest * spread * fan_in**0.5 + 1)
    shift = max(0, ceil(sum_bits) - out_format[0] + 2)
    extent = int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.25, 0.2, 0.2, 0.2, 0.1, 0.05]))
    return {
        "codebook": codebook.name,
        "levels": levels,
        "seed": int(rng.integers(2**31)),
        "spread": spread,
        "zeros": float(np.round(rng.uniform(0, 0.4), 2)) if rng.random() < 0.25 else 0.0,
        "shifts": [max(0, shift - extent // 2), max(0, shift - extent // 2) + extent],
        "bias_width": max(1, ceil(sum_bits) - 1),
        "out_format": out_format,
    }


def _conv2d(rng: Rng) -> Parameters:
    image = _image(rng)
    kernel = _kernel(rng)
    c_in, c_out = image["in_shape"][2], _channels(rng)
    weights = _weights(
        rng, [*kernel, c_in, c_out], kernel[0] * kernel[1] * c_in, image["in_format"]
    )
    return {**image, **_window(rng, kernel), **weights}


def _kernel(rng: Rng) -> list[int]:
    side = int(rng.choice([1, 2, 3, 4, 5], p=[0.25, 0.05, 0.5, 0.03, 0.17]))
    if rng.random() < 0.06:
        return [side, int(rng.integers(1, 6))]
    return [side, side]


def _depthwise(rng: Rng) -> Parameters:
    image = _image(rng)
    kernel = [3, 3] if rng.random() < 0.7 else [int(k) for k in rng.integers(2, 6, 2)]
    channels = image["in_shape"][2]
    weights = _weights(rng, [*kernel, channels], kernel[0] * kernel[1], image["in_format"])
    return {**image, **_window(rng, kernel), **weights}


def _dense(rng: Rng) -> Parameters:
    side = 1 if rng.random() < 0.5 else int(rng.integers(2, 6))
    in_shape = [side, side, _between(rng, 8, 256) if side == 1 else _channels(rng, 64)]
    n_in, n_out = side * side * in_shape[2], _between(rng, 5, 128)
    in_format = _format(rng)
    return {
        "in_shape": in_shape,
        "in_format": in_format,
        **_weights(rng, [n_in, n_out], n_in, in_format),
    }


def _pool(rng: Rng) -> Parameters:
    image = _image(rng)
    side = 2 if rng.random() < 0.55 else 3 if rng.random() < 0.8 else int(rng.integers(4, 6))
    window = _window(rng, [side, side])
    if rng.random() < 0.6:
        window = {"stride": [min(side, 4)] * 2, "padding": [0, 0, 0, 0]}
    return {**image, "kernel": [side, side], **window}


def _average_pool(rng: Rng) -> Parameters:
    return {**_pool(rng), "count_include_pad": bool(rng.random() < 0.5)}


def _joined(rng: Rng, *, same: bool) -> Parameters:
    """Two inputs, seldom three."""
    image = _image(rng)
    height, width, channels = image["in_shape"]
    image["in_shape"] = [min(height, 32), min(width, 32), channels]
    others = []
    for _ in range(1 if rng.random() < 0.8 else 2):
        fmt = list(image["in_format"])
        fmt[1] += int(rng.integers(-2, 3)) if rng.random() < 0.6 else 0
        more = channels if same else channels * int(rng.choice([1, 1, 2, 3]))
        others.append([[*image["in_shape"][:2], more], fmt])
    out = list(image["in_format"])
    if rng.random() < 0.6:
        out = [out[0], out[1] - int(rng.integers(0, 3)), bool(rng.random() < 0.5)]
    return {**image, "others": others, "out_format": out}


def _slice(rng: Rng) -> Parameters:
    image = _image(rng)
    channels = image["in_shape"][2] = 2 * _channels(rng, 64)
    start = int(rng.choice([0, channels // 2]))
    return {**image, "start": start, "stop": start + channels // 2}


def _look_up(rng: Rng) -> Parameters:
    image = _image(rng)
    image["in_format"] = _format(rng, widest=8)
    return {
        **image,
        "out_format": _format(rng, widest=8),
        "per_channel": bool(rng.random() < 0.25),
        "seed": int(rng.integers(2**31)),
    }


def _upsample(rng: Rng) -> Parameters:
    image = _image(rng)
    return {**image, "factor": int(rng.choice([2, 2, 2, 3, 4]))}


def _beat(rng: Rng) -> Parameters:
    return {"format": _format(rng), "par": _between(rng, 1, 64)}


def _adapter(rng: Rng) -> Parameters:
    channels = max(2, _channels(rng))
    while True:
        before, after = (ceil(channels / _between(rng, 1, channels)) for _ in range(2))
        if before != after:
            return {
                "format": _format(rng),
                "channels": channels,
                "before": before,
                "after": after,
            }


def _queue(rng: Rng) -> Parameters:
    return {**_beat(rng), "depth": _between(rng, 4, 4096)}


def _shell(rng: Rng) -> Parameters:
    channels = _channels(rng)
    par = ceil(channels / _between(rng, 1, channels))
    return {
        "format": _format(rng),
        "channels": channels,
        "in_par": par,
        "out_par": _between(rng, 1, 32),
        "n_pixels": _between(rng, 16, 50_000),
        "verdict_depth": _between(rng, 8, 120),
    }


DRAWERS: Mapping[str, Callable[[Rng], Parameters]] = {
    "conv2d": _conv2d,
    "dense": _dense,
    "depthwise_conv2d": _depthwise,
    "max_pool": _pool,
    "average_pool": _average_pool,
    "global_average_pool": _image,
    "add": lambda rng: _joined(rng, same=True),
    "concat": lambda rng: _joined(rng, same=False),
    "channel_slice": _slice,
    "look_up": _look_up,
    "upsample": _upsample,
    "adapter": _adapter,
    "buffer": _beat,
    "fork": lambda rng: {**_beat(rng), "n": int(rng.integers(2, 4))},
    "queue": _queue,
    "shell": _shell,
}
