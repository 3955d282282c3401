"""The networks that ship."""

import numpy as np
import pytest

from quant import zoo
from quant.evaluate import top1
from quant.onnx_io import check_operators


@pytest.fixture(params=zoo.names())
def name(request):
    return request.param


def test_files_fit_together(name):
    graph, samples = zoo.load_float(name), zoo.load_samples(name)
    assert samples.images.shape[1:] == samples.calibration.shape[1:] == graph.in_shape
    assert samples.images.dtype == samples.calibration.dtype == np.uint8
    assert samples.labels.shape == samples.images.shape[:1]
    assert all(verdict.status == "ok" for verdict in check_operators(zoo.float_path(name)))


def test_files_tell_nothing_of_the_machine_that_made_them(name):
    content = zoo.float_path(name).read_bytes()
    assert not any(word in content for word in (b"/home", b"/tmp", b"/root", b".py", b"packages"))


def test_lenet5_is_lenet5():
    graph = zoo.load_float("lenet5")
    assert [layer.out_shape[2] for layer in graph.layers] == [6, 6, 16, 16, 120, 84, 10]
    assert len(zoo.load_samples("lenet5").images) == 500


def test_float_lenet5_knows_the_digits():
    samples = zoo.load_samples("lenet5")
    logits = zoo.load_float("lenet5").infer(samples.images / 256)
    assert top1(logits, samples.labels) >= 0.99


@pytest.mark.parametrize(("bits", "lost"), [(5, 0.003), (4, 0.003), (3, 0.005), (2, 0.02)])
def test_quantized_lenet5_loses_little(quantized_lenet5, bits, lost):
    samples, network = zoo.load_samples("lenet5"), quantized_lenet5(bits)
    logits = zoo.load_float("lenet5").infer(samples.images / 256)
    found = network.infer(samples.images.astype(int))
    assert top1(found, samples.labels) >= top1(logits, samples.labels) - lost


def test_pixels_need_no_rounding(quantized_lenet5):
    pixels = np.arange(256)
    assert (quantized_lenet5().in_format.quantize(pixels / 256) == pixels).all()


@pytest.mark.parametrize("act_width", [4, 12])
def test_act_width(quantized_lenet5, act_width):
    assert quantized_lenet5(4, act_width).in_format.width == act_width


def test_unknown_names():
    with pytest.raises(ValueError, match="No network 'alexnet' ships; there are: lenet5"):
        zoo.load_float("alexnet")
    with pytest.raises(ValueError, match="No network '' ships"):
        zoo.load_samples("")
    with pytest.raises(ValueError, match=r"Scheme must be one of .*nearest.*, not 'best'"):
        zoo.load_quantized("lenet5", scheme="best")
    with pytest.raises(ValueError, match="Bits of scheme nearest"):
        zoo.load_quantized("lenet5", bits=9)
