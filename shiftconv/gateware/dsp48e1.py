"""The multiplier block of AMD's series 7."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import ClockSignal, Const, Instance, Value

__all__ = ["dsp48e1"]

# Widths of the operands that a call may leave out.
WIDTHS = {"A": 30, "B": 18, "C": 48, "D": 25, "PCIN": 48}
UNREGISTERED = (
    *("CREG", "DREG", "ADREG", "OPMODEREG", "ALUMODEREG", "INMODEREG", "CARRYINREG"),
    "CARRYINSELREG",
)
ENABLED = ("A1", "A2", "B1", "B2", "C", "M")
IDLE = ("AD", "ALUMODE", "CARRYIN", "CTRL", "D", "INMODE")
CLEARED = ("A", "ALLCARRYIN", "ALUMODE", "B", "C", "CTRL", "D", "INMODE", "M", "P")


def dsp48e1(
    *,
    enable: Value,
    registers: Mapping[str, int],
    multiplies: bool = True,
    enable_sum: Value | None = None,
    **ports: Any,
) -> Instance:
    """A DSP48E1 that adds up what ``i_OPMODE`` says (user guide UG479, tables 2-7 to 2-9).

    Parameters
    ----------
    enable : Value
        Of all registers.
    registers : mapping
        ``AREG``, ``BREG``, ``CREG``, ``MREG``, ``PREG``.
    multiplies : bool
        Whether A and B are multiplied; else they are put side by side.
    enable_sum : Value, optional
        Of the register of the sum, instead.
    **ports
        ``i_OPMODE``, operands of the widths above, outputs.
    """
    operands = {f"i_{name}": Const(0, width) for name, width in WIDTHS.items()}
    chosen = {**dict.fromkeys(UNREGISTERED, 0), **registers}
    chosen |= {"ACASCREG": chosen["AREG"], "BCASCREG": chosen["BREG"]}
    # fmt: off
    return Instance(
        "DSP48E1",
        **{f"p_{name}": value for name, value in chosen.items()},
        p_USE_MULT="MULTIPLY" if multiplies else "NONE", p_USE_DPORT="FALSE", p_USE_SIMD="ONE48",
        p_A_INPUT="DIRECT", p_B_INPUT="DIRECT",
        i_CLK=ClockSignal(), i_INMODE=Const(0, 5), i_ALUMODE=Const(0, 4), i_ACIN=Const(0, 30),
        i_BCIN=Const(0, 18), i_CARRYIN=Const(0, 1), i_CARRYINSEL=Const(0, 3),
        i_CARRYCASCIN=Const(0, 1), i_MULTSIGNIN=Const(0, 1),
        **{f"i_CE{name}": enable for name in ENABLED},
        **{f"i_CE{name}": Const(0, 1) for name in IDLE},
        i_CEP=enable if enable_sum is None else enable_sum,
        **{f"i_RST{name}": Const(0, 1) for name in CLEARED},
        **{**operands, **ports},
    )
    # fmt: on
