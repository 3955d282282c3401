"""Top-1, noise and bits."""

import json

import numpy as np
import pytest

from quant import zoo
from quant.evaluate import evaluate, top1
from quant.network import Network


def test_top1_counts_the_first_of_equal_outputs():
    outputs = np.array([[1, 3, 2], [5, 5, 0], [0, 1, 1], [0, 0, 0]])
    assert top1(outputs, np.array([1, 0, 2, 1])) == 0.5


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "3 frames need as many labels, at least one, not"),
        ([0, 1, 2], "Labels must be from 0 to 1, but reach from 0 to 2"),
        ([-1, 0, 0], "but reach from -1 to 0"),
    ],
)
def test_wrong_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        top1(np.zeros((3, 1, 1, 2)), np.array(labels))
    with pytest.raises(ValueError, match="0 frames need as many labels"):
        top1(np.zeros((0, 2)), np.zeros(0, int))


def test_evaluation_of_digits(quantized_lenet5):
    samples, network = zoo.load_samples("lenet5"), quantized_lenet5()
    found = evaluate(network, samples.images, samples.labels, zoo.load_float("lenet5"))
    assert (found.scheme, found.bits, found.images) == ("nearest", 4, 500)
    logits = network.infer(samples.images.astype(int)).reshape(500, 10)
    assert found.top1 == (logits.argmax(axis=1) == samples.labels).mean()
    floats = zoo.load_float("lenet5").infer(samples.images / 256).reshape(500, 10)
    assert found.float_top1 == (floats.argmax(axis=1) == samples.labels).mean()
    assert [layer.name for layer in found.layers] == [
        "conv1",
        "conv2",
        "dense1",
        "dense2",
        "dense3",
    ]
    assert all(layer.bits == 4 and 10 < layer.sqnr_db < 40 for layer in found.layers)


def test_as_dict_is_json(quantized_lenet5):
    samples = zoo.load_samples("lenet5")
    found = evaluate(quantized_lenet5(), samples.images[:20], samples.labels[:20])
    again = json.loads(json.dumps(found.as_dict()))
    assert set(again) == {"scheme", "bits", "images", "top1", "float_top1", "layers"}
    assert again["float_top1"] is None
    assert set(again["layers"][0]) == {"name", "sqnr_db", "bits"}


def test_noise_without_the_float_network_is_that_of_calibration(quantized_lenet5):
    samples, network = zoo.load_samples("lenet5"), quantized_lenet5()
    found = evaluate(network, samples.images[:20], samples.labels[:20])
    known = json.loads(network.metadata["sqnr_db"])
    assert all(layer.sqnr_db == known[layer.name] for layer in found.layers)
    bare = Network("bare", network.nodes)
    found = evaluate(bare, samples.images[:20], samples.labels[:20])
    assert found.scheme == "unknown"
    assert all(layer.sqnr_db is None for layer in found.layers)


def test_images_of_another_shape(quantized_lenet5):
    with pytest.raises(ValueError, match=r"Frames must have shape \(n, 28, 28, 1\)"):
        evaluate(quantized_lenet5(), np.zeros((2, 32, 32, 3), np.uint8), np.zeros(2, int))
