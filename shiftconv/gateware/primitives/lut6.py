"""AMD's look-up table of six inputs, and two functions in one (LUT6_2)."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amaranth.hdl import Const, Instance, Value

__all__ = [
    "LUT6_FAMILIES",
    "BitFunction",
    "look_up_table",
    "share_tables",
    "single_init",
    "table_init",
]

LUT6_FAMILIES = ("xcup", "xc7")
"""Families whose slices have these tables, with a carry chain beside them."""

N_INPUTS = 5
"""That two functions in one table may have between them."""

Bits = Mapping[Hashable, int]


@dataclass(frozen=True)
class BitFunction:
    """One bit as a function of others.

    Parameters
    ----------
    inputs : tuple of hashable
        Names of the bits that it depends on.
    truth : tuple of int
        Its value for every assignment, the first input's bit lowest in the index.
    """

    inputs: tuple[Hashable, ...]
    truth: tuple[int, ...]

    @classmethod
    def of(cls, inputs: Sequence[Hashable], rule: Callable[[Bits], int]) -> "BitFunction":
        """The function that ``rule`` computes, without the inputs that have no say in it."""
        names = list(dict.fromkeys(inputs))
        rest = dict.fromkeys(names, 0)
        for name in list(names):
            others = [other for other in names if other != name]
            settings = ({**rest, **bits} for bits in _assignments(others))
            if all(rule({**bits, name: 0}) == rule({**bits, name: 1}) for bits in settings):
                names = others
        return cls(tuple(names), tuple(rule({**rest, **bits}) for bits in _assignments(names)))

    def __call__(self, bits: Bits) -> int:
        return self.truth[sum(bits[name] << n for n, name in enumerate(self.inputs))]

    @property
    def is_free(self) -> bool:
        """Whether it is a constant or one of its inputs, which takes no table."""
        return not self.inputs or self.truth == (0, 1)


def _assignments(names: Sequence[Hashable]) -> Iterator[dict[Hashable, int]]:
    for index in range(2 ** len(names)):
        yield {name: index >> n & 1 for n, name in enumerate(names)}


def share_tables(functions: Sequence[BitFunction]) -> list[tuple[int, int]]:
    """Indices of functions that may share a table, each in one pair at most.

    Of the partners that fit, a function takes the one that brings the fewest inputs of its own.
    """
    waiting = [n for n, function in enumerate(functions) if not function.is_free]
    pairs = []
    while waiting:
        first = waiting.pop(0)
        ours = set(functions[first].inputs)
        brings = {n: len(set(functions[n].inputs) - ours) for n in waiting}
        partners = [n for n in waiting if len(ours) + brings[n] <= N_INPUTS]
        if partners:
            partner = min(partners, key=lambda n: brings[n] - len(functions[n].inputs))
            waiting.remove(partner)
            pairs.append((first, partner))
    return pairs


def single_init(function: BitFunction) -> int:
    """``INIT`` of a LUT6 with one function, its inputs the lowest pins.

    Raises
    ------
    ValueError
        If it has more than 6 inputs.
    """
    if len(function.inputs) > N_INPUTS + 1:
        raise ValueError(f"A function may have {N_INPUTS + 1} inputs, not {len(function.inputs)}")
    bits = function.truth * 2 ** (N_INPUTS + 1 - len(function.inputs))
    return sum(bit << n for n, bit in enumerate(bits))


def table_init(functions: tuple[BitFunction, BitFunction]) -> tuple[int, list[Hashable]]:
    """``INIT`` of the table with two functions, ``O6`` and ``O5``, and the names of its inputs.

    Raises
    ------
    ValueError
        If they have more than 5 inputs between them.
    """
    o6, o5 = functions
    names = list(dict.fromkeys((*o6.inputs, *o5.inputs)))
    if len(names) > N_INPUTS:
        raise ValueError(f"Two functions may have {N_INPUTS} inputs, not {len(names)}")
    # I5 is high, which selects the upper half of INIT for O6; O5 is always the lower half.
    columns = list(_assignments(names)) * 2 ** (N_INPUTS - len(names))
    bits = [o5(column) for column in columns] + [o6(column) for column in columns]
    return sum(bit << n for n, bit in enumerate(bits)), names


def look_up_table(
    values: Mapping[Hashable, Value], functions: Sequence[BitFunction], outputs: Sequence[Value]
) -> Instance:
    """Two functions in one LUT6_2.

    Parameters
    ----------
    values : mapping
        The bit behind each name of an input.
    functions : (BitFunction, BitFunction)
        Of at most 5 inputs between them; ``O6``, which may go to the carry chain, and ``O5``.
    outputs : (Value, Value)
        What they drive.
    """
    o6, o5 = functions
    init, names = table_init((o6, o5))
    pins = [values[name] for name in names] + [Const(0, 1)] * (N_INPUTS - len(names))
    return Instance(
        "LUT6_2",
        p_INIT=Const(init, 2 * 2**N_INPUTS),
        **{f"i_I{n}": pin for n, pin in enumerate(pins)},
        i_I5=Const(1, 1),
        o_O6=outputs[0],
        o_O5=outputs[1],
    )
