"""Dot products of each channel with weights of its own."""

import numpy as np
import pytest
from amaranth.hdl import signed

from quant.codebook import PowerOfTwo
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.channel_sums import ChannelSums
from shiftconv.gateware.packing import concatenate_rows
from tests.gateware.images import payload_bits
from tests.gateware.windows import WIDTH, word_bits

N_PASSES = 30


@pytest.mark.parametrize(("values", "par", "folds"), [(1, 1, 1), (1, 3, 4), (3, 2, 2), (4, 1, 1)])
@pytest.mark.parametrize("exponent_width", [0, 2])
def test_every_channel_has_its_own_codes(values, par, folds, exponent_width, rng, stall):
    """Two groups of channels in turn, each with a window of some folds."""
    codebook, acc_width = PowerOfTwo(exponent_width), 14
    levels = rng.choice(codebook.levels, (2, folds, par, values))
    acts = rng.integers(-8, 8, (N_PASSES, folds, values, par))
    codes = concatenate_rows(codebook.encode(levels).reshape(2 * folds, -1), codebook.code_width)
    sums = ChannelSums(
        codebook=codebook,
        act=signed(WIDTH),
        values=values,
        par=par,
        acc_width=acc_width,
        codes=codes,
    )
    words = word_bits(acts.reshape(N_PASSES, folds, -1))
    recording = simulate_streams(sums, {"i": words}, N_PASSES, stall=stall, rng=rng)
    golden = np.einsum("nfvc,nfcv->nc", acts, levels[np.arange(N_PASSES) % 2])
    assert recording.payloads == [payload_bits(dots, acc_width) for dots in golden]
    if not stall:
        assert set(np.diff(recording.cycles)) == {folds}
