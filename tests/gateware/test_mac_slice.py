"""Multiplier blocks that add: what fits them, and that they are used."""

import pytest

from quant.codebook import TwosComplement
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.dot_products.vpe_mac import VpeMac
from shiftconv.gateware.mac_slice import MacSlice

BLOCKS = {
    "xc7": "DSP48E1",
    "ice40": "SB_MAC16",
    "nexus": "MULTADDSUB18X18",
    "gowin": "MULTALU18X18",
}


def verilog(family, lanes, **size):
    size = {"codebook": TwosComplement(8), "act": 8, "acc_width": 30} | size
    return emit_verilog(VpeMac(lanes=lanes, **size), name="vpe", family=family)


@pytest.mark.parametrize("family", BLOCKS)
@pytest.mark.parametrize(("lanes", "sums"), [(1, 1), (12, 1), (13, 1), (32, 2)])
def test_a_block_for_each_product(family, lanes, sums):
    """And for each sum of chains on xc7."""
    found = verilog(family, lanes).count(f"  {BLOCKS[family]} #(")
    assert found == lanes + (sums if family == "xc7" else 0)


@pytest.mark.parametrize(
    ("family", "size"),
    [
        ("ice40", {"acc_width": 33}),
        ("ice40", {"act": 16}),
        ("xc7", {"acc_width": 49}),
        ("nexus", {"act": 18}),
        ("ecp5", {}),
        (None, {}),
    ],
)
def test_what_is_too_wide_is_left_to_the_tool(family, size):
    text = verilog(family, 3, **size)
    assert not any(block in text for block in BLOCKS.values())


@pytest.mark.parametrize(("lanes", "latency"), [(1, 5), (24, 5), (25, 6), (72, 6), (73, 7)])
def test_latency(lanes, latency):
    assert VpeMac.latency_of(TwosComplement(8), lanes) == latency


def test_wrong_delay():
    with pytest.raises(ValueError, match="Delay must be an integer from 1 to 3, not 4"):
        MacSlice(delay=4, registered=True, a_width=8, b_width=8, sum_width=30)
