"""Contract of the processing elements."""

import pytest

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.processing import PES
from tests.gateware.operands import CODEBOOKS, acc_width_of, check_dot_products

FORMATS = [ActFormat(width, 0, signed) for width in (4, 8, 16) for signed in (False, True)]
LANES = [1, 2, 3, 5, 16]


@pytest.fixture(params=PES.values(), ids=PES)
def pe(request):
    return request.param


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("n_codebook", range(5))
def test_dot_products_in_time(pe, lanes, n_codebook, rng, stall):
    codebook = CODEBOOKS[pe.codebook_type][n_codebook]
    fmt = FORMATS[(n_codebook + LANES.index(lanes)) % len(FORMATS)]
    element = pe(
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        acc_width=acc_width_of(codebook, fmt, lanes),
    )
    check_dot_products(element, codebook, fmt, rng, stall)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_every_activation_format(pe, fmt, rng, stall):
    codebook = CODEBOOKS[pe.codebook_type][2]
    element = pe(
        codebook=codebook, act=act_shape(fmt), lanes=3, acc_width=acc_width_of(codebook, fmt, 3)
    )
    check_dot_products(element, codebook, fmt, rng, stall)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lanes": 0}, "Number of lanes must be a positive integer, not 0"),
        ({"acc_width": 0}, "Accumulator width must be a positive integer, not 0"),
        ({"codebook": None}, r"Codebook must be a \w+ for the \w+, not None"),
    ],
)
def test_wrong_arguments(pe, change, message):
    arguments = {"codebook": CODEBOOKS[pe.codebook_type][2], "act": 8, "lanes": 2, "acc_width": 20}
    with pytest.raises(ValueError, match=message):
        pe(**arguments | change)
