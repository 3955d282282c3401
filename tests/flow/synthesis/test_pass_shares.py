"""How far Yosys is, by its passes."""

import json
from pathlib import Path

import pytest

import shiftconv
from boards import FAMILIES
from shiftconv.flow.synthesis import pass_shares
from shiftconv.flow.synthesis.pass_shares import SHARES_FILE, PassShares


@pytest.fixture
def shares(monkeypatch):
    monkeypatch.setattr(pass_shares, "_tables", lambda: {"ice40": [0.0, 0.1, 0.1, 0.6]})
    return []


def test_passes_of_the_recipe_count(shares):
    passes = PassShares("ice40", shares.append)
    for number in ("1", "2", "2.1", "2.2", "2.2.1", "2.2.2", "2.3", "2.4.1", "2.4.2", "2.5", "3"):
        passes(number)
    passes.end()
    assert shares == [0.1, 0.6, 1.0]


def test_never_backwards(shares):
    passes = PassShares("ice40", shares.append)
    for number in ("3.4", "4.2"):
        passes(number)
    assert shares == [0.6]


def test_another_family(shares):
    passes = PassShares("nexus", shares.append)
    passes("2.3")
    assert shares == []


@pytest.mark.parametrize("family", FAMILIES)
def test_what_ships(family):
    table = json.loads((Path(shiftconv.__file__).parent / SHARES_FILE).read_text())
    begins = table["begins"][family]
    assert len(begins) > 40
    assert begins == sorted(begins)
    assert 0 <= begins[0] < 0.2
    assert 0.8 < begins[-1] < 1
