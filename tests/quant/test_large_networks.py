"""Golden inference of large networks, in a process of its own whose memory is measured."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, numpy as np
from tests.quant import large_networks
rng = np.random.default_rng(0)
network = large_networks.{name}(rng)
assert round(network.macs / 1e8) == {macs}, network.macs
out = network.infer(rng.integers(0, 256, (1, 224, 224, 3)))
assert out.shape == (1, 1, 1, 1000) and len(np.unique(out)) > 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.parametrize(("name", "macs"), [("resnet18", 18), ("vgg16", 155)])
def test_inference_within_a_minute_and_8_gib(name, macs):
    program = PROGRAM.format(name=name, macs=macs)
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert not found.returncode, found.stderr
    assert float(found.stdout) < 8
