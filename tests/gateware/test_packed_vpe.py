"""Two dot products in each multiplier block, against the golden sums."""

import pytest
from amaranth.hdl import signed

from quant.codebook import TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.packed_vpe import PackedVpe
from tests.gateware.operands import acc_width_of, check_dot_products


@pytest.mark.parametrize(
    ("code_width", "fmt", "lanes"),
    [
        (8, ActFormat(8, 0, True), 7),
        (8, ActFormat(8, 0, True), 8),
        (8, ActFormat(8, 0, False), 9),
        (8, ActFormat(8, 0, False), 3),
        (2, ActFormat(4, 0, True), 5),
    ],
)
def test_dot_products(code_width, fmt, lanes, rng):
    codebook = TwosComplement(code_width)
    acc_width = acc_width_of(codebook, fmt, lanes)
    element = PackedVpe(codebook=codebook, act=act_shape(fmt), lanes=lanes, acc_width=acc_width)
    check_dot_products(element, codebook, fmt, rng, n_codes=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"act": signed(9)}, "up to 8 bits, not at 8 and 9"),
        ({"codebook": TwosComplement(9)}, "up to 8 bits, not at 9 and 8"),
        ({"lanes": 0}, "Number of lanes must be a positive integer, not 0"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {"codebook": TwosComplement(8), "act": 8, "lanes": 2, "acc_width": 20}
    with pytest.raises(ValueError, match=message):
        PackedVpe(**arguments | change)
