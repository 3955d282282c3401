"""The networks that ship."""

from pathlib import Path

import numpy as np
import pytest

from quant import zoo
from quant.evaluate import top1
from quant.onnx_io import check_operators

STORED = Path(__file__).parent / "zoo_logits.npz"
"""What PyTorch computed for the first images: see ``tests/quant/training/test_zoo.py``."""

N_STORED = 8


@pytest.fixture(params=zoo.names())
def name(request):
    return request.param


def test_files_fit_together(name):
    graph, samples = zoo.load_float(name), zoo.load_samples(name)
    assert samples.images.shape[1:] == samples.calibration.shape[1:] == graph.in_shape
    assert samples.images.dtype == samples.calibration.dtype == np.uint8
    assert samples.labels.shape == samples.images.shape[:1]
    assert all(verdict.status == "ok" for verdict in check_operators(zoo.float_path(name)))


@pytest.fixture(params=zoo.retrained_names())
def retrained(request):
    return request.param


def test_retrained_networks_give_the_integers_that_pytorch_gave(retrained):
    network, samples = zoo.load_quantized(retrained), zoo.load_samples(retrained)
    found = network.infer(samples.images[:N_STORED].astype(np.int64))[:, 0, 0]
    with np.load(STORED) as stored:
        assert set(stored) == set(zoo.retrained_names())
        assert np.array_equal(found, stored[retrained])


def test_retrained_networks_tell_their_accuracy(retrained):
    network, samples = zoo.load_quantized(retrained), zoo.load_samples(retrained)
    told = network.metadata
    assert told["test_images"] == "10000"
    assert f"-{told['bits']}bit" in retrained
    assert 0.85 < float(told["top1"]) <= 1
    found = top1(network.infer(samples.images[:100].astype(np.int64)), samples.labels[:100])
    assert found == pytest.approx(float(told["top1"]), abs=0.06)


def test_retrained_networks_keep_formats_that_pixels_fit(retrained):
    network = zoo.load_quantized(retrained)
    pixels = np.arange(256)
    assert (network.in_format.quantize(pixels / 256) == pixels).all()
    assert zoo.float_name(retrained) == network.name == retrained.partition("-")[0]
    assert zoo.load_float(retrained).in_shape == network.in_shape


@pytest.mark.parametrize("name", [*zoo.names(), *zoo.retrained_names()])
def test_files_tell_nothing_of_the_machine_that_made_them(name):
    content = zoo.path(name).read_bytes()
    assert not any(word in content for word in (b"/home", b"/tmp", b"/root", b".py", b"packages"))


def test_lenet5_is_lenet5():
    graph = zoo.load_float("lenet5")
    assert [layer.out_shape[2] for layer in graph.layers] == [6, 6, 16, 16, 120, 84, 10]
    assert len(zoo.load_samples("lenet5").images) == 500


def test_float_lenet5_knows_the_digits():
    samples = zoo.load_samples("lenet5")
    logits = zoo.load_float("lenet5").infer(samples.images / 256)
    assert top1(logits, samples.labels) >= 0.99


def test_float_resnet20_knows_the_pictures():
    samples = zoo.load_samples("resnet20")
    logits = zoo.load_float("resnet20").infer(samples.images[:40] / 256)
    assert top1(logits, samples.labels[:40]) >= 0.85


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
