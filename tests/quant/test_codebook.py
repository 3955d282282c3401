"""Codebooks: every code, every level, and what lies between."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo, TwosComplement, codebook_from_name

CODEBOOKS = [PowerOfTwo(width) for width in range(5)] + [TwosComplement(w) for w in (2, 4, 8)]


@pytest.fixture(params=CODEBOOKS, ids=lambda codebook: codebook.name)
def codebook(request):
    return request.param


def test_encode_then_decode_gives_the_level(codebook):
    codes = codebook.encode(codebook.levels)
    assert (codebook.decode(codes) == codebook.levels).all()
    assert len(set(codes.tolist())) == len(codes)


def test_every_code_decodes_to_a_level(codebook):
    decoded = codebook.decode(np.arange(2**codebook.code_width))
    assert sorted(set(decoded.tolist())) == codebook.levels.tolist()


def test_levels_ascend(codebook):
    assert (np.diff(codebook.levels) > 0).all()


def test_nearest_is_nearest_and_ties_go_to_the_smaller_magnitude(codebook, rng):
    levels = codebook.levels.astype(float)
    middles = (levels[:-1] + levels[1:]) / 2
    values = np.concatenate([middles, levels, rng.normal(0, levels.max(), 200), [1e9, -1e9]])
    for value, found in zip(values, codebook.nearest(values), strict=True):
        distance = np.abs(levels - value)
        best = levels[distance == distance.min()]
        assert found in best
        assert abs(found) == np.abs(best).min()


def test_name_reads_back(codebook):
    assert codebook_from_name(codebook.name) == codebook


@pytest.mark.parametrize(
    ("width", "levels"),
    [(0, [-1, 1]), (1, [-1, 0, 1]), (2, [-4, -2, -1, 0, 1, 2, 4])],
)
def test_power_of_two_levels(width, levels):
    assert PowerOfTwo(width).levels.tolist() == levels


def test_power_of_two_reaches():
    assert [PowerOfTwo(width).max_shift for width in range(5)] == [0, 0, 2, 6, 14]


def test_code_is_sign_then_exponent_field():
    book = PowerOfTwo(3)
    assert book.encode([64, -64, 0]).tolist() == [0b0111, 0b1111, 0b0000]
    assert book.decode([0b1000]).tolist() == [0]
    assert book.field_of_shift(6) == 7


@pytest.mark.parametrize("width", [-1, 5, 2.0, None])
def test_wrong_exponent_width(width):
    with pytest.raises(ValueError, match="Exponent width must be an integer from 0 to 4, not"):
        PowerOfTwo(width)


@pytest.mark.parametrize("width", [1, 17, 2.0])
def test_wrong_code_width(width):
    with pytest.raises(ValueError, match="Code width must be an integer from 2 to 16, not"):
        TwosComplement(width)


def test_foreign_level_is_named():
    with pytest.raises(ValueError, match="Level 3 is not in the codebook"):
        PowerOfTwo(2).encode([1, 3])
    with pytest.raises(ValueError, match="Levels must lie from -8 to 7"):
        TwosComplement(4).encode([8])


@pytest.mark.parametrize("codes", [[-1], [8]])
def test_code_too_wide(codes):
    for book in (PowerOfTwo(2), TwosComplement(3)):
        with pytest.raises(ValueError, match="Codes must fit in 3 bits"):
            book.decode(codes)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nearest_refuses_what_is_no_number(codebook, value):
    with pytest.raises(ValueError, match="Values must be finite"):
        codebook.nearest(np.array([value]))


@pytest.mark.parametrize("name", ["gsnq:3", "power-of-two", "power-of-two:x", ""])
def test_unknown_name(name):
    with pytest.raises(ValueError, match="is not known"):
        codebook_from_name(name)


@pytest.mark.parametrize("narrow", range(5))
def test_codes_in_wider_codebooks(narrow):
    book = PowerOfTwo(narrow)
    codes = np.arange(2**book.code_width)
    for width in range(narrow, 5):
        wide = PowerOfTwo(width)
        found = book.widened(codes, width)
        assert wide.decode(found).tolist() == book.decode(codes).tolist()
        # What encodes a level in the wider codebook is the narrower code, but for minus zero.
        assert (
            book.widened(book.encode(book.levels), width).tolist()
            == wide.encode(book.levels).tolist()
        )


def test_codes_that_do_not_fit():
    with pytest.raises(ValueError, match="Codes of exponent width 3 do not fit in 2"):
        PowerOfTwo(3).widened([0], 2)
    with pytest.raises(ValueError, match="Codes must fit in 3 bits"):
        PowerOfTwo(2).widened([8], 3)
