"""Networks that people use: imported, quantized, stored; ONNX Runtime gives the golden integers."""

import numpy as np
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.onnx_io import check_operators, read_float, read_quantized, write_quantized
from quant.quantizers import QUANTIZERS
from tests.quant.float_models import MODELS, write_model
from tests.quant.onnx_models import run_float
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized

# The same layers with fewer channels, for the sake of time.
NARROW = {"cnv": {"narrow": 4}, "nin": {"narrow": 4}}
HOST = {"ds_cnn", "mobilenet", "resnet20", "resnet8"}
KINDS = {
    "cnv": {"conv2d", "max_pool", "dense"},
    "ds_cnn": {"conv2d", "depthwise_conv2d", "global_average_pool", "dense"},
    "lenet5": {"conv2d", "max_pool", "dense"},
    "mobilenet": {"conv2d", "depthwise_conv2d", "global_average_pool", "dense"},
    "nin": {"conv2d", "max_pool", "average_pool", "global_average_pool"},
    "resnet20": {"conv2d", "add", "global_average_pool", "dense"},
    "resnet8": {"conv2d", "add", "global_average_pool", "dense"},
    "segmentation": {"conv2d", "max_pool", "upsample", "concat"},
    "vgg5": {"conv2d", "max_pool", "dense"},
}


@pytest.mark.parametrize("name", MODELS)
def test_runtime_gives_the_golden_integers(rng, tmp_path, name):
    path = write_model(name, tmp_path / f"{name}.onnx", **NARROW.get(name, {}))
    assert all(verdict.status == "ok" for verdict in check_operators(path))
    graph = read_float(path)
    samples = rng.random((3, *graph.in_shape))
    wanted, found = run_float(path, samples), graph.infer(samples)
    if name in HOST:
        assert graph.host == ("Softmax",)
        found = np.exp(found - found.max(axis=-1, keepdims=True))
        found /= found.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())
    network = convert(graph, samples, quantizer=QUANTIZERS["nearest"](bits=2), calibration=MinMax())
    kinds = {node.layer.kind for node in network.nodes}
    assert kinds - {"look_up"} == KINDS[name]
    assert ("look_up" in kinds) <= (name == "mobilenet")
    write_quantized(network, tmp_path / "q.onnx")
    act = np.concatenate([network.in_format.quantize(samples), frames(rng, network, 2)])
    golden = network.infer(act)
    assert (read_quantized(tmp_path / "q.onnx").infer(act) == golden).all()
    (out,) = run_quantized(tmp_path / "q.onnx", act, LEVELS.ORT_ENABLE_ALL).values()
    assert (out == golden).all()
