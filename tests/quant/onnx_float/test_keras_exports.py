"""Networks written in Keras 3.15 and exported by tf2onnx 1.17, two of them through Keras itself.

``exports`` holds them: ``plain`` (opset 11) is convolutions with same padding, batch norm, pool,
dense; ``mobile`` (13) a MobileNet block with rescaling, explicit padding and ReLU6; ``residual``
(17) has an addition and average pools; ``separable`` (Keras) hard swish, dilation, tanh, PReLU;
``encoder_decoder`` (13) a Resize beside a shortcut; ``up_sampling`` the same as UpSampling2D.
"""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.onnx_io import check_operators, read_float, read_quantized, write_quantized
from quant.quantizers import QUANTIZERS
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized

EXPORTS = Path(__file__).parent / "exports"
KINDS = {
    "encoder_decoder": {"conv2d", "max_pool", "look_up", "upsample", "concat"},
    "mobile": {"conv2d", "depthwise_conv2d", "global_average_pool", "look_up"},
    "plain": {"conv2d", "max_pool", "dense"},
    "residual": {"conv2d", "add", "average_pool", "global_average_pool", "dense"},
    "separable": {"conv2d", "depthwise_conv2d", "average_pool", "look_up", "add", "dense"},
}


@pytest.mark.parametrize("name", KINDS)
def test_runtime_gives_the_same_values_and_integers(name, rng, tmp_path):
    path = EXPORTS / f"{name}.onnx"
    assert {verdict.status for verdict in check_operators(path)} == {"ok"}
    graph = read_float(path)
    samples = rng.random((8, *graph.in_shape)).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    assert tuple(source.shape[1:]) == graph.in_shape, "Keras has channels last"
    (wanted,) = session.run(None, {source.name: samples})
    found = graph.infer(samples)
    if graph.host:
        found = np.exp(found - found.max(axis=-1, keepdims=True))
        found /= found.sum(axis=-1, keepdims=True)
    found = found.reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())
    network = convert(graph, samples, quantizer=QUANTIZERS["nearest"](bits=4), calibration=MinMax())
    assert {node.layer.kind for node in network.nodes} == KINDS[name]
    write_quantized(network, tmp_path / "q.onnx")
    act = frames(rng, network, 100)
    golden = network.infer(act)
    assert np.array_equal(read_quantized(tmp_path / "q.onnx").infer(act), golden)
    (out,) = run_quantized(tmp_path / "q.onnx", act, LEVELS.ORT_ENABLE_ALL).values()
    assert np.array_equal(out, golden)


def test_repeated_pixels_are_refused_with_a_way_out():
    verdicts = check_operators(EXPORTS / "up_sampling.onnx")
    refused = [verdict for verdict in verdicts if verdict.op == "Tile"]
    assert {(verdict.status, verdict.fix) for verdict in refused} == {
        (
            "refused",
            "enlarge images with a Resize: keras.ops.image.resize instead of UpSampling2D",
        )
    }
