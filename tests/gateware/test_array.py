"""Several processing elements on one vector of activations."""

import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.processing import PES
from tests.gateware.operands import CODEBOOKS, acc_width_of, check_dot_products


@pytest.mark.parametrize("pe", PES.values(), ids=PES)
@pytest.mark.parametrize("out_par", [1, 3])
@pytest.mark.parametrize("lanes", [1, 4])
def test_dot_products_in_time(pe, out_par, lanes, rng, stall):
    codebook, fmt = CODEBOOKS[pe.codebook_type][2], ActFormat(8, 0, signed=True)
    array = Array(
        pe=pe.kind,
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        out_par=out_par,
        acc_width=acc_width_of(codebook, fmt, lanes),
    )
    check_dot_products(array, codebook, fmt, rng, stall, n_codes=out_par)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pe": "mac"}, "Processing element must be one of svpe, vpe, not 'mac'"),
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
        "pe": "svpe",
    }
    with pytest.raises(ValueError, match=message):
        Array(**arguments | change)
