"""One look-up table of four inputs, chosen by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

from amaranth.hdl import Const, Instance, Module, Signal, Value

from shiftconv.gateware.family import family_of

__all__ = ["LUT4_FAMILIES", "lut4"]


@dataclass(frozen=True)
class Cell:
    """A family's LUT4: its type, its inputs from the table's lowest address bit up, the rest."""

    kind: str
    inputs: str
    output: str
    table: str
    init: Callable[[int], Any] = lambda table: Const(table, 16)


CELLS = {
    "ecp5": Cell("LUT4", "A B C D", "Z", "INIT"),
    "nexus": Cell("LUT4", "A B C D", "Z", "INIT", lambda table: f"0x{table:04X}"),
    "ice40": Cell("SB_LUT4", "I0 I1 I2 I3", "O", "LUT_INIT"),
    "gowin": Cell("LUT4", "I0 I1 I2 I3", "F", "INIT"),
}

LUT4_FAMILIES = tuple(CELLS)


def lut4(m: Module, platform, function: Callable[..., Any], *inputs: Value) -> Value:
    """The bit ``function(*inputs)``, in one LUT4 where the family has them.

    Synthesis takes such a cell as it is; of what it chooses for shifters itself, it needs up to a
    third more. Nothing is spent where the function is constant or one of its inputs.

    Parameters
    ----------
    m : Module
        Takes the cell.
    function : callable
        Of as many bits, made of ``&``, ``|``, ``^`` and ``~`` alone, so that it gives a table from
        integers and logic from values.
    inputs : Value
        One bit each; at most four that differ and are not constant.
    """
    variables: list[Value] = []
    for bit in inputs:
        if not isinstance(bit, Const) and not any(bit is variable for variable in variables):
            variables.append(bit)
    if len(variables) > 4:
        raise ValueError(f"A LUT4 has at most 4 inputs, not {len(variables)}")

    def given(values: tuple[Any, ...]) -> list[Any]:
        known = [*zip(variables, values, strict=False)]
        return [
            bit.value if isinstance(bit, Const) else next(v for name, v in known if name is bit)
            for bit in inputs
        ]

    addresses = [bits[::-1] for bits in product((0, 1), repeat=4)]
    entries = [function(*given(address)) & 1 for address in addresses]
    for n, variable in enumerate(variables):
        if entries == [address[n] for address in addresses]:
            return variable
    if len(set(entries)) == 1:
        return Const(entries[0], 1)

    output = Signal(name="lut")
    cell = CELLS.get(family_of(platform) or "")
    if cell is None:
        m.d.comb += output.eq(function(*inputs))
        return output
    pins = [*variables, *[Const(0, 1)] * (4 - len(variables))]
    m.submodules += Instance(
        cell.kind,
        ("p", cell.table, cell.init(sum(entry << n for n, entry in enumerate(entries)))),
        *(("i", name, pin) for name, pin in zip(cell.inputs.split(), pins, strict=True)),
        ("o", cell.output, output),
    )
    return output
