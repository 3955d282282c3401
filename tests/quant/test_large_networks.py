"""Large networks, each in a process of its own whose memory is measured."""

import subprocess
import sys

import pytest

from tests.quant.large_networks import write_float

INFERENCE = """
import resource, numpy as np
from tests.quant import large_networks
rng = np.random.default_rng(0)
network = large_networks.{name}(rng)
assert round(network.macs / 1e8) == {macs}, network.macs
out = network.infer(rng.integers(0, 256, (1, 224, 224, 3)))
assert out.shape == (1, 1, 1, 1000) and len(np.unique(out)) > 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""
QUANTIZATION = """
import json, resource, numpy as np
from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.onnx_io import read_float
from quant.quantizers.nearest import Nearest
graph = read_float({path!r})
samples = np.random.default_rng(0).random((32, *graph.in_shape), np.float32)
network = convert(graph, samples, quantizer=Nearest(bits=4), calibration=MinMax())
assert min(json.loads(network.metadata["sqnr_db"]).values()) > 10
print(network.metadata["samples"], network.macs)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def _run(program, timeout):
    """Lines that a program prints; the last one tells its memory in GiB."""
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=timeout
    )
    assert not found.returncode, found.stderr
    *lines, gibibytes = found.stdout.split("\n")[:-1]
    assert float(gibibytes) < 8
    return lines


@pytest.mark.parametrize(("name", "macs"), [("resnet18", 18), ("vgg16", 155)])
def test_inference_within_a_minute_and_8_gib(name, macs):
    _run(INFERENCE.format(name=name, macs=macs), timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_samples", "macs"), [("resnet18", 32, 1_814_073_344), ("vgg16", 20, 15_470_264_320)]
)
def test_quantization_within_8_gib(name, n_samples, macs, tmp_path):
    path = str(write_float(name, tmp_path / f"{name}.onnx"))
    assert _run(QUANTIZATION.format(path=path), timeout=1200) == [f"{n_samples} {macs}"]
