"""Payloads of any stream as AXI4-Stream beats and back, by the fields that a manifest names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["pack_payloads", "unpack_payloads"]

IntArray = NDArray[np.int64]


def pack_payloads(
    payloads: Sequence[int], fields: Sequence[dict[str, Any]]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Beats of any stream's payloads.

    Parameters
    ----------
    payloads : sequence of int
        Bits of each: the fields' values, the first lowest, and above them the mark if there is one.
    fields : sequence of dict
        The manifest's description of the port.

    Returns
    -------
    beats : ndarray of uint8, shape (n, bytes of TDATA)
    last : ndarray of bool, shape (n,): the marks, false where there are none
    """
    n_bytes = sum(field["count"] * field["stride"] for field in fields) // 8
    words, marks = [], []
    for bits in payloads:
        word = 0
        for field in fields:
            for n in range(field["count"]):
                value = bits & 2 ** field["width"] - 1
                word |= value << field["offset"] + n * field["stride"]
                bits >>= field["width"]
        words.append(word.to_bytes(n_bytes, "little"))
        marks.append(bool(bits))
    return np.frombuffer(b"".join(words), np.uint8).reshape(-1, n_bytes), np.array(marks, bool)


def unpack_payloads(beats: NDArray[np.uint8], fields: Sequence[dict[str, Any]]) -> IntArray:
    """Values of any stream's beats, without the marks.

    Parameters
    ----------
    beats : ndarray of uint8, shape (n, bytes of TDATA)
    fields : sequence of dict
        The manifest's description of the port; a value has at most 63 bits.

    Returns
    -------
    ndarray of int64, shape (n, values of a beat): each field's ``width`` bits, signed where it is
    """
    values = []
    for field in fields:
        n_bytes = field["stride"] // 8
        for n in range(field["count"]):
            at = field["offset"] // 8 + n * n_bytes
            places = 1 << 8 * np.arange(n_bytes, dtype=np.int64)
            value = beats[:, at : at + n_bytes].astype(np.int64) @ places & 2 ** field["width"] - 1
            sign = value >> field["width"] - 1 if field["signed"] else 0
            values.append(value - (sign << field["width"]))
    return np.stack(values, axis=1)
