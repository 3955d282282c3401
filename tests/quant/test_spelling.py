"""Kinds and their options as words."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.spelling import made_from, options_of, spelling_of


@dataclass(frozen=True, kw_only=True)
class Tea:
    kind: ClassVar[str] = "tea"
    cups: int
    minutes: float = 3.5
    sugar: int = 0
    milk: bool = False
    leaf: str = "green"


@dataclass(frozen=True, kw_only=True)
class Water:
    kind: ClassVar[str] = "water"


KINDS = {"tea": Tea, "water": Water}


def make(text, **given):
    return made_from(KINDS, "Drink", text, **given)


@given(
    made=st.builds(
        Tea,
        cups=st.just(2),
        minutes=st.floats(allow_nan=False),
        sugar=st.integers(),
        milk=st.booleans(),
        leaf=st.text("abc-", min_size=1),
    )
)
def test_there_and_back(made):
    assert make(spelling_of(made), cups=2) == made


def test_defaults_are_not_spelled():
    assert spelling_of(Tea(cups=1)) == "tea"
    assert spelling_of(Tea(cups=1, milk=True, sugar=2)) == "tea:sugar=2,milk=yes"
    assert make("water") == Water()


def test_options_are_fields_with_a_default():
    assert options_of(Tea) == {"minutes": 3.5, "sugar": 0, "milk": False, "leaf": "green"}
    assert options_of(Water) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wine", "Drink must be one of tea, water, not 'wine'"),
        ("tea:", "Drink tea has no option ''"),
        ("tea:cups=2", "has no option 'cups'; its options are leaf, milk, minutes, sugar"),
        ("water:cold=yes", "Drink water has no option 'cold'; it has no options"),
        ("tea:milk=yes,milk=no", "Option 'milk' of drink tea is given twice"),
        ("tea:sugar=much", "sugar of drink tea must be an integer, not 'much'"),
        ("tea:sugar", "sugar of drink tea must be an integer, not ''"),
        ("tea:minutes=long", "minutes of drink tea must be a number, not 'long'"),
        ("tea:milk=1", "milk of drink tea must be yes or no, not '1'"),
    ],
)
def test_wrong_words(text, message):
    with pytest.raises(ValueError, match=message):
        make(text, cups=1)
