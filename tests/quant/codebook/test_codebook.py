"""Codebooks: every code, every level, and what lies between."""

import numpy as np
import pytest

from quant.codebook import (
    IndexedLevels,
    PowerOfTwo,
    TwosComplement,
    TwoTerm,
    UnequalRanges,
    apot,
    codebook_from_name,
    shift_cnn,
    sp2,
)

CODEBOOKS = [
    *[PowerOfTwo(width) for width in range(5)],
    PowerOfTwo(2, (0, 2, 3)),
    PowerOfTwo(3, (0, 1, 2, 3)),
    *[TwosComplement(width) for width in (2, 4, 8)],
    *[UnequalRanges(width, longer) for width in range(1, 5) for longer in (1, -1)],
    *[apot(4), apot(5), sp2(3), sp2(5), shift_cnn(2), shift_cnn(4)],
    *[
        IndexedLevels((-4, 0, 1, 16)),
        IndexedLevels((-12, 0, 5, 30)),
        IndexedLevels((-33, 0, 29)),
        IndexedLevels((-1, 1)),
    ],
]


@pytest.fixture(params=CODEBOOKS, ids=lambda codebook: codebook.name)
def codebook(request):
    return request.param


def test_encode_then_decode_gives_the_level(codebook):
    codes = codebook.encode(codebook.levels)
    assert codebook.decode(codes).tolist() == codebook.levels.tolist()
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


def test_terms_sum_up_to_the_level(codebook):
    codes = np.arange(2**codebook.code_width).reshape(2, -1)
    parts = codebook.term_codes(codes)
    assert parts.shape == (*codes.shape, len(codebook.terms))
    total = np.zeros_like(codes)
    for n, term in enumerate(codebook.terms):
        assert [(own.codebook, own.offset) for own in term.codebook.terms] == [(term.codebook, 0)]
        total += term.codebook.decode(parts[..., n]) << term.offset
    assert total.tolist() == codebook.decode(codes).tolist()


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
    with pytest.raises(ValueError, match="Level 40 is not in the codebook"):
        IndexedLevels((-33, 0, 29)).encode([40])
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


@pytest.mark.parametrize(
    "name",
    [
        *[
            "",
            "gsnq:3",
            "power-of-two",
            "power-of-two:x",
            "power-of-two:2:1,x",
            "indexed-levels:3,1",
        ],
        *["two-term:1:own", "two-term:1+2:mine", "two-term:1+2", "unequal-ranges:2:*"],
        *["unequal-ranges:9:+", "power-of-two:2:0,1:x", "twos-complement:1"],
    ],
)
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


@pytest.mark.parametrize("width", [0, 5, 2.0])
def test_wrong_width_of_unequal_ranges(width):
    with pytest.raises(ValueError, match="Exponent width must be an integer from 1 to 4, not"):
        UnequalRanges(width, 1)


def test_wrong_sign_of_unequal_ranges():
    with pytest.raises(ValueError, match="longer range's sign must be 1 or -1, not 0"):
        UnequalRanges(2, 0)


@pytest.mark.parametrize("shifts", [(), (1, 1), (2, 1), (-1,), (16,)])
def test_wrong_shifts(shifts):
    for make in (lambda: PowerOfTwo(3, shifts), lambda: TwoTerm((1,), shifts)):
        with pytest.raises(ValueError, match="Shifts must ascend and lie from 0 to 15, not"):
            make()


def test_more_shifts_than_fields():
    with pytest.raises(ValueError, match="4 shifts do not fit in the 3 fields of exponent width 2"):
        PowerOfTwo(2, (0, 1, 2, 3))


def test_shifts_that_are_the_usual_ones():
    assert PowerOfTwo(2, (0, 1, 2)) == PowerOfTwo(2)
    assert PowerOfTwo(2, (0, 1, 3)) != PowerOfTwo(2)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ((1,), "must have 2 to 256 entries, not 1"),
        (tuple(range(257)), "must have 2 to 256 entries, not 257"),
        ((0, 2, 2), "Entries must ascend and differ"),
        ((-(2**15) - 1, 0), "Entries must lie from -32768 to 32768"),
    ],
)
def test_wrong_entries(entries, message):
    with pytest.raises(ValueError, match=message):
        IndexedLevels(entries)


@pytest.mark.parametrize(
    ("entries", "terms"),
    [
        ((-4, 0, 1, 16), [("power-of-two:2:0,2,4", 0)]),
        ((-2, 0, 8, 32), [("power-of-two:2:0,2,4", 1)]),
        ((1, 2, 4, 16), [("power-of-two:3:0,1,2,3,4", 0)]),
        ((-1, 1), [("power-of-two:0", 0)]),
        ((-12, 0, 5, 30), [("power-of-two:2:0,2,3", 2), ("power-of-two:2", 0)]),
        ((-33, 0, 29), [("twos-complement:7", 0)]),
        ((-64, 0, 11), [("twos-complement:7", 0)]),
    ],
)
def test_lanes_of_a_layers_own_levels(entries, terms):
    """A few powers choose freely, more are shifted step by step, odd ones are multiplied."""
    found = IndexedLevels(entries).terms
    assert [(term.codebook.name, term.offset) for term in found] == terms


@pytest.mark.parametrize(
    ("codebook", "magnitudes"),
    [
        (apot(3), [0, 1, 2, 4]),
        (apot(4), [0, 1, 2, 3, 4, 6, 8, 10]),
        (apot(5), [0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48]),
        (sp2(4), [0, 1, 2, 4, 5, 6, 8]),
        (shift_cnn(2), [0, 1, 2, 3]),
    ],
)
def test_published_magnitudes(codebook, magnitudes):
    """APoT: build_power_value of its authors; SP2: {0, 1, 2, 4} + {0, 4} of PoTAcc."""
    assert sorted(set(np.abs(codebook.levels).tolist())) == magnitudes
    assert codebook.levels.tolist() == sorted({-m for m in magnitudes} | set(magnitudes))


@pytest.mark.parametrize(("make", "width"), [(apot, 6), (sp2, 7), (sp2, 1), (shift_cnn, 5)])
def test_width_that_a_scheme_does_not_have(make, width):
    with pytest.raises(ValueError, match=f"must be an integer from 2 to ., not {width}"):
        make(width)
