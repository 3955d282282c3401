"""Whole networks from float ONNX to simulated Verilog, with ONNX Runtime as the referee."""

import numpy as np
import onnxruntime
import pytest

from quant.calibration import CALIBRATIONS
from quant.convert import convert
from quant.onnx_io import read_float, read_quantized
from quant.quantizers import QUANTIZERS
from shiftconv.flow.generate import MODEL, generate_network
from shiftconv.flow.simulation.simulate import simulate_network
from shiftconv.plan import make_plan
from tests.quant.float_models import write_model

NETWORKS = {
    # name: cycles per frame allowed, frames to simulate
    "ds_cnn": (60_000, 3),
    "segmentation": (160_000, 3),
    "resnet8": (150_000, 3),
}
LARGE_NETWORKS = {
    "resnet20": (300_000, 2),
    "mobilenet": (150_000, 2),
    "nin": (900_000, 2),
    "cnv": (600_000, 2),
}
N_REFEREED = 64


def quantized(name, folder, rng):
    """The network, calibrated on noise."""
    graph = read_float(write_model(name, folder / f"{name}.onnx"))
    samples = rng.random((4, *graph.in_shape))
    return convert(
        graph,
        samples,
        quantizer=QUANTIZERS["nearest"](bits=4),
        calibration=CALIBRATIONS["min_max"](),
    )


def referee(path, act):
    """Output of ONNX Runtime on the stored network, pixels first."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    dtype = {"tensor(uint8)": np.uint8, "tensor(int8)": np.int8}[source.type]
    found = session.run(None, {source.name: act.transpose(0, 3, 1, 2).astype(dtype)})[0]
    return found.transpose(0, 2, 3, 1) if found.ndim == 4 else found[:, None, None, :]


def check(name, max_cycles, n_frames, folder, rng):
    """Golden model, ONNX Runtime and simulated Verilog give the same integers, on time."""
    network = quantized(name, folder, rng)
    plan = make_plan(network, max_cycles=max_cycles)
    manifest = generate_network(plan, folder / "design")
    frames = rng.integers(0, 256, (N_REFEREED, *network.in_shape))
    golden = network.infer(frames)
    assert np.ptp(golden) > 10
    assert np.array_equal(read_quantized(folder / "design" / MODEL).infer(frames), golden)
    assert np.array_equal(referee(folder / "design" / MODEL, frames), golden)
    images = frames[:n_frames].astype(np.uint8)
    found = simulate_network(folder / "design", manifest, images)
    assert found.values == golden[:n_frames].size
    assert found.mismatched_values == 0
    assert found.cycles_per_frame == plan.cycles_per_frame <= max_cycles


@pytest.mark.parametrize("name", NETWORKS)
def test_network(name, tmp_path, rng):
    check(name, *NETWORKS[name], tmp_path, rng)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_NETWORKS)
def test_large_network(name, tmp_path, rng):
    check(name, *LARGE_NETWORKS[name], tmp_path, rng)
