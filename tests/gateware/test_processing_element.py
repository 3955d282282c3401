"""Contract of the structures of a dot product, as processing elements."""

import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.processing_element import ProcessingElement
from tests.gateware.operands import acc_width_of, check_dot_products, codebooks_of

FORMATS = [ActFormat(width, 0, signed) for width in (4, 8, 16) for signed in (False, True)]
LANES = [1, 2, 3, 5, 16]


@pytest.fixture(params=DOT_PRODUCTS.values(), ids=DOT_PRODUCTS)
def structure(request):
    return request.param


def make_element(structure, codebook, fmt, lanes):
    return ProcessingElement(
        codebook=codebook,
        act=act_shape(fmt),
        lanes=lanes,
        acc_width=acc_width_of(codebook, fmt, lanes),
        structure=structure.kind,
    )


@pytest.mark.parametrize("lanes", LANES)
def test_dot_products_in_time(structure, lanes, rng):
    for n, codebook in enumerate(codebooks_of(structure)):
        fmt = FORMATS[(n + LANES.index(lanes)) % len(FORMATS)]
        element = make_element(structure, codebook, fmt, lanes)
        assert element.latency == structure.latency_of(codebook, lanes)
        check_dot_products(element, codebook, fmt, rng)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_every_activation_format(structure, fmt, rng):
    codebook = codebooks_of(structure)[-1]
    element = make_element(structure, codebook, fmt, 3)
    check_dot_products(element, codebook, fmt, rng)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lanes": 0}, "Number of lanes must be a positive integer, not 0"),
        ({"acc_width": 0}, "Accumulator width must be a positive integer, not 0"),
    ],
)
def test_wrong_arguments(structure, change, message):
    arguments = {"codebook": codebooks_of(structure)[0], "act": 8, "lanes": 2, "acc_width": 20}
    with pytest.raises(ValueError, match=message):
        ProcessingElement(**arguments | {"structure": structure.kind} | change)


def test_wrong_codebook(structure):
    other = TwosComplement(3) if structure.lane == "svpe" else PowerOfTwo(2)
    with pytest.raises(ValueError, match=r"Codebook must be a \w+ that a \w+ takes, not"):
        ProcessingElement(codebook=other, act=8, lanes=2, acc_width=20, structure=structure.kind)


def test_structure_by_codebook():
    element = ProcessingElement(codebook=PowerOfTwo(2), act=8, lanes=2, acc_width=20)
    assert (element.structure, element.lane) == ("tree", "svpe")
    with pytest.raises(ValueError, match=r"Structure must be one of .*, not 'mac'"):
        ProcessingElement(codebook=PowerOfTwo(2), act=8, lanes=2, acc_width=20, structure="mac")
