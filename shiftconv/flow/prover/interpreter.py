"""A transition system evaluated for many states at once."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.prover.transition_system import Node, TransitionSystem

__all__ = ["evaluate", "value_of"]

WORD = 64

Values = NDArray
"""One value per state: uint64, or Python's integers where there are more bits."""

BINARY: Mapping[str, Callable[[Values, Values], Values]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "nand": lambda a, b: ~(a & b),
    "nor": lambda a, b: ~(a | b),
    "xnor": lambda a, b: ~(a ^ b),
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "implies": lambda a, b: ~a | b,
    "eq": lambda a, b: a == b,
    "iff": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "ugt": lambda a, b: a > b,
    "ugte": lambda a, b: a >= b,
    "ult": lambda a, b: a < b,
    "ulte": lambda a, b: a <= b,
}
SIGNED = {"sgt": "ugt", "sgte": "ugte", "slt": "ult", "slte": "ulte"}


def evaluate(system: TransitionSystem, leaves: Mapping[int, Values]) -> dict[int, Values]:
    """Values of all nodes, given those of inputs and states.

    Raises
    ------
    ValueError
        If the system has an operator that this does not know.
    """
    values = dict(leaves)
    length = len(next(iter(leaves.values())))
    for number, node in system.nodes.items():
        widths = [system.width(argument) for argument in node.arguments]
        arguments = [value_of(system, values, argument) for argument in node.arguments]
        if max([node.width, *widths]) > WORD:
            arguments = [argument.astype(object) for argument in arguments]
        values[number] = _fitted(_apply(node, arguments, widths, length), node.width)
    return values


def value_of(system: TransitionSystem, values: Mapping[int, Values], number: int) -> Values:
    """Values of a node; a negative number stands for the complement."""
    return values[number] if number > 0 else _fitted(~values[-number], system.width(number))


def _fitted(values: Values, width: int) -> Values:
    """The lowest bits, in the type that has room for them."""
    if width > WORD:
        return values.astype(object) & (2**width - 1)
    if values.dtype == object:
        values = values & (2**width - 1)
    return values.astype(np.uint64) & np.uint64(2**width - 1)


def _number(value: int, like: Values) -> int | np.uint64:
    return value if like.dtype == object else np.uint64(value)


def _apply(node: Node, arguments: list[Values], widths: list[int], length: int) -> Values:
    """One operator; surplus bits above its width do not matter."""
    operator = node.operator
    if operator in BINARY:
        return BINARY[operator](*arguments)
    if not arguments:
        return np.full(length, node.constants[0], object if node.width > WORD else np.uint64)
    first, width = arguments[0], widths[0]
    top = _number(1 << (width - 1), first)
    if operator in SIGNED:
        return BINARY[SIGNED[operator]](first ^ top, arguments[1] ^ top)
    if operator == "ite":
        return np.where(first != 0, arguments[1], arguments[2])
    if operator == "concat":
        return (first << _number(widths[1], first)) | arguments[1]
    if operator == "slice":
        return first >> _number(node.constants[1], first)
    if operator == "sext":
        return (first ^ top) - top
    if operator in ("sll", "srl"):
        shift = np.left_shift if operator == "sll" else np.right_shift
        amount = np.minimum(arguments[1], _number(width - 1, first))
        return np.where(arguments[1] < width, shift(first, amount), _number(0, first))
    unary: dict[str, Callable[[], Values]] = {
        "not": lambda: ~first,
        "neg": lambda: _number(0, first) - first,
        "uext": lambda: first,
        "redor": lambda: first != 0,
        "redand": lambda: first == _number(2**width - 1, first),
        "redxor": lambda: np.array([int(v).bit_count() & 1 for v in first], dtype=np.uint64),
    }
    if operator not in unary:
        raise ValueError(f"States cannot be enumerated through the operator {operator!r}")
    return unary[operator]()
