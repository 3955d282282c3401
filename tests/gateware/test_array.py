"""Several processing elements on one vector of activations."""

import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from tests.gateware.operands import acc_width_of, check_dot_products, codebooks_of


@pytest.mark.parametrize("structure", DOT_PRODUCTS.values(), ids=DOT_PRODUCTS)
@pytest.mark.parametrize("out_par", [1, 3])
@pytest.mark.parametrize("lanes", [1, 4])
def test_dot_products_in_time(structure, out_par, lanes, rng):
    codebook, fmt = codebooks_of(structure)[-1], ActFormat(8, 0, signed=True)
    array = Array(
        structure=structure.kind,
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        out_par=out_par,
        acc_width=acc_width_of(codebook, fmt, lanes),
    )
    check_dot_products(array, codebook, fmt, rng, n_codes=out_par)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"structure": "mac"}, "Structure must be one of .*, not 'mac'"),
        ({"out_par": 0}, "Output parallelism must be a positive integer, not 0"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {
        "codebook": PowerOfTwo(2),
        "act": 8,
        "lanes": 2,
        "out_par": 2,
        "acc_width": 20,
    }
    with pytest.raises(ValueError, match=message):
        Array(**arguments | change)
