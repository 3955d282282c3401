"""AMD's look-up table of six inputs, and two functions in one (LUT6_2)."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amaranth.hdl import Const, Instance, Value

__all__ = ["LUT6_FAMILIES", "BitFunction", "look_up_table", "share_tables"]

LUT6_FAMILIES = ("xcup", "xc7")
"""Families whose slices have these tables, with a carry chain beside them."""

N_INPUTS = 6
SHARED_INPUTS = 5

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


def share_tables(functions: Sequence[BitFunction]) -> list[tuple[int, ...]]:
    """Indices of the functions in each table, one or two; those that are free are left out.

    Of the partners that fit, a function takes the one that brings the fewest inputs of its own.
    """
    waiting = [n for n, function in enumerate(functions) if not function.is_free]
    tables: list[tuple[int, ...]] = []
    while waiting:
        first = waiting.pop(0)
        ours = set(functions[first].inputs)
        brings = {n: len(set(functions[n].inputs) - ours) for n in waiting}
        partners = [n for n in waiting if len(ours) + brings[n] <= SHARED_INPUTS]
        if partners:
            partner = min(partners, key=lambda n: brings[n] - len(functions[n].inputs))
            waiting.remove(partner)
            tables.append((first, partner))
        else:
            tables.append((first,))
    return tables


def look_up_table(
    values: Mapping[Hashable, Value],
    functions: Sequence[BitFunction],
    outputs: Sequence[Value],
) -> Instance:
    """One table: LUT6 with one function, LUT6_2 with two.

    Parameters
    ----------
    values : mapping
        The bit behind each name of an input.
    functions : sequence of BitFunction
        One of at most 6 inputs, or two of at most 5 between them; ``O6`` is the first one.
    outputs : sequence of Value
        What the functions drive.
    """
    names = list(dict.fromkeys(name for function in functions for name in function.inputs))
    room = N_INPUTS if len(functions) == 1 else SHARED_INPUTS
    if len(names) > room:
        raise ValueError(f"{len(functions)} functions may have {room} inputs, not {len(names)}")
    pins = [values[name] for name in names] + [Const(0, 1)] * (room - len(names))
    # Bits of INIT are indexed by the pins; unused ones lie above the others.
    columns = list(_assignments(names)) * 2 ** (room - len(names))
    # Of two functions the first one is the half of the table that I5 selects.
    bits = [function(column) for function in reversed(functions) for column in columns]
    inputs = {f"i_I{n}": pin for n, pin in enumerate(pins)}
    init = Const(sum(bit << n for n, bit in enumerate(bits)), 64)
    if len(functions) == 1:
        return Instance("LUT6", p_INIT=init, **inputs, o_O=outputs[0])
    o6, o5 = outputs
    return Instance("LUT6_2", p_INIT=init, **inputs, i_I5=Const(1, 1), o_O6=o6, o_O5=o5)
