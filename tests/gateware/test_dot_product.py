"""Dot products with weights of any codebook, by any structure that has lanes for them."""

import pytest

from quant.codebook import (
    IndexedLevels,
    PowerOfTwo,
    TwosComplement,
    TwoTerm,
    UnequalRanges,
    apot,
    shift_cnn,
    sp2,
)
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.dot_product import TermSum, dot_product_fits, dot_product_latency
from shiftconv.gateware.dot_products import DOT_PRODUCTS, default_structure
from shiftconv.gateware.processing_element import ProcessingElement
from tests.gateware.operands import acc_width_of, check_dot_products

CODEBOOKS = [
    UnequalRanges(1, -1),
    UnequalRanges(2, 1),
    UnequalRanges(4, -1),
    apot(4),
    apot(5),
    sp2(6),
    shift_cnn(4),
    TwoTerm((2, 3), (0, 1), shared_sign=False),
    IndexedLevels((-4, 0, 1, 16)),
    IndexedLevels((-8, 2)),
    IndexedLevels((-12, 0, 5, 30)),
    IndexedLevels((-33, 0, 29)),
]


@pytest.fixture(params=CODEBOOKS, ids=lambda codebook: codebook.name)
def codebook(request):
    return request.param


def structures_of(codebook):
    return [name for name in DOT_PRODUCTS if dot_product_fits(name, codebook)]


@pytest.mark.parametrize("fmt", [ActFormat(4, 0, True), ActFormat(8, 0, False)], ids=str)
def test_dot_products_in_time(codebook, fmt, rng):
    structures = structures_of(codebook)
    assert default_structure(codebook) in structures
    for n, structure in enumerate(structures):
        lanes = (1, 3, 5, 9)[n % 4]
        element = ProcessingElement(
            codebook=codebook,
            act=act_shape(fmt),
            lanes=lanes,
            acc_width=acc_width_of(codebook, fmt, lanes),
            structure=structure,
        )
        assert element.latency == dot_product_latency(structure, codebook, lanes)
        check_dot_products(element, codebook, fmt, rng)


def test_plain_codes_need_no_decoder():
    for codebook in (PowerOfTwo(2), PowerOfTwo(2, (0, 2, 3)), TwosComplement(4)):
        for structure in structures_of(codebook):
            latency = DOT_PRODUCTS[structure].latency_of(codebook, 4)
            assert dot_product_latency(structure, codebook, 4) == latency


def test_structure_without_such_lanes():
    with pytest.raises(ValueError, match="A tree has no lane for twos-complement:7, which"):
        TermSum(
            DOT_PRODUCTS["tree"], codebook=IndexedLevels((-33, 0, 29)), act=8, lanes=2, acc_width=20
        )
