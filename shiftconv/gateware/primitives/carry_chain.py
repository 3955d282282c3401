"""AMD's carry chain: CARRY8 of UltraScale+, CARRY4 of series 7."""

from amaranth.hdl import Cat, Const, Instance, Module, Signal, Value

__all__ = ["carry_chain"]


def carry_chain(
    m: Module, family: str, *, propagate: Value, generate: Value, carry: Value | None = None
) -> tuple[Signal, Signal]:
    """Put a carry chain into a module.

    ``carry_out[n] = carry_in[n] if propagate[n] else generate[n]``,
    ``total[n] = propagate[n] ^ carry_in[n]``, ``carry_in[n + 1] = carry_out[n]``.

    Parameters
    ----------
    m : Module
    family : str
        One of ``LUT6_FAMILIES``.
    propagate, generate : Value
        The same number of bits, the first position lowest. In a slice ``propagate`` comes from the
        table of the same position; ``generate`` from its second output, or from outside.
    carry : Value, optional
        Into the first position; by default 0. It enters by the pin of the first ``generate``, so
        that not both may come from outside.

    Returns
    -------
    total, carry_out : Signal
    """
    n_positions = len(propagate)
    size = {"xcup": 8, "xc7": 4}[family]
    padded = n_positions + -n_positions % size
    total = Signal(padded, name="chain_total")
    carry_out = Signal(padded, name="chain_carry")
    select = Cat(propagate, Const(0, padded - n_positions))
    data = Cat(generate, Const(0, padded - n_positions))
    first = Const(0, 1) if carry is None else carry
    for start in range(0, padded, size):
        part = slice(start, start + size)
        before = carry_out[start - 1] if start else Const(0, 1)
        if family == "xcup":
            inputs = {"i_CI": before if start else first, "i_CI_TOP": Const(0, 1)}
        else:
            inputs = {"i_CI": before, "i_CYINIT": Const(0, 1) if start else first}
        m.submodules += Instance(
            f"CARRY{size}",
            **inputs,
            i_S=select[part],
            i_DI=data[part],
            o_O=total[part],
            o_CO=carry_out[part],
        )
    return total, carry_out
