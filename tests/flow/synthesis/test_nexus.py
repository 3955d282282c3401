"""Nexus: multipliers leave the registers of block memories where they are."""

from shiftconv.flow.estimates.sampling import measure_specimens

# Weights in block memory, and nothing between them and the multiplier.
LAYER = {
    "kind": "dense",
    "in_shape": [1, 1, 8],
    "in_format": [8, 3, True],
    "codebook": "twos-complement:7",
    "levels": [8, 40],
    "seed": 1,
    "spread": 0.26,
    "zeros": 0.0,
    "shifts": [6, 9],
    "bias_width": 12,
    "out_format": [8, 2, False],
    "folding": {"mode": "pixel", "in_par": 1, "out_par": 1},
    "kinds": ["lut", "block", "block"],
}


def test_weights_of_a_multiplier_in_block_memory(tmp_path):
    found = measure_specimens({"dense": LAYER}, "nexus", tmp_path)["dense"]
    assert (found.dsp, found.bram) == (1, 2)
