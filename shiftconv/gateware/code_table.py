"""A table from codes to codes, as wires where it can be."""

import numpy as np
from amaranth.hdl import Cat, Const, Value
from numpy.typing import NDArray

__all__ = ["look_up_code"]


def look_up_code(code: Value, table: NDArray[np.int64], width: int) -> Value:
    """``table[code]``, each bit a function of those bits of the code alone that it depends on.

    A bit that follows one bit of the code is a wire; one that depends on up to six is a LUT6.

    Parameters
    ----------
    code : Value
        Unsigned, of ``n`` bits.
    table : ndarray of int64, shape (2**n,)
    width : int
        Bits of an entry.

    Returns
    -------
    Value of ``width`` bits
    """
    return Cat(_bit(code, table >> n & 1) for n in range(width))


def _bit(code: Value, column: NDArray[np.int64]) -> Value:
    """One bit of every entry."""
    n_bits = len(code)
    cube = column.reshape((2,) * n_bits)
    # The axes of the cube are the code's bits, the highest first.
    used: list[Value] = []
    for bit in reversed(range(n_bits)):
        axis = n_bits - 1 - bit
        low, high = cube.take([0], axis), cube.take([1], axis)
        if (low == high).all():
            cube = low
        else:
            used.insert(0, code[bit])
    values = cube.reshape(-1).tolist()
    if not used:
        return Const(values[0], 1)
    if values == [0, 1]:
        return used[0]
    truths = Const(sum(value << n for n, value in enumerate(values)), len(values))
    return truths.bit_select(Cat(used), 1)
