"""The float networks, and PyTorch's two exporters."""

import warnings

import numpy as np
import pytest
import torch

from quant import zoo
from quant.onnx_io import read_float
from quant.training.export import export
from quant.training.floating import Floating
from quant.training.images import as_tensor
from quant.training.networks import NETWORKS, LeNet5, ResNet, seeded
from tests.quant.float_models import write_model


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def assert_same(model, path, images):
    graph = read_float(path)
    with torch.no_grad():
        plain = as_tensor(images).clone(memory_format=torch.contiguous_format)
        wanted = model(plain).numpy()
        found = Floating(graph)(as_tensor(images)).numpy()
    np.testing.assert_allclose(graph.infer(images / 256)[:, 0, 0], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["lenet5", "resnet8"])
def test_export_reads_back_and_tells_nothing_of_the_machine(name, tmp_path, rng):
    model, path = seeded(name, 1), tmp_path / "net.onnx"
    in_dims = (1, 28, 28) if name == "lenet5" else (3, 32, 32)
    images = rng.integers(0, 256, (6, *in_dims[1:], in_dims[0])).astype(np.uint8)
    model(as_tensor(images))  # Batch norms learn means.
    export(model, path, name=name, in_dims=in_dims)
    assert_same(model, path, images)
    content = path.read_bytes()
    assert not any(word in content for word in (b".py", b"site-packages", b"/tmp"))


@pytest.mark.parametrize("name", ["resnet8", "resnet20"])
def test_topology_is_the_one_that_people_use(name, tmp_path):
    graph = read_float(write_model(name, tmp_path / "net.onnx"))
    wanted = sorted(layer.weights.size for layer in graph.layers if hasattr(layer, "weights"))
    weights = [p.numel() for p in NETWORKS[name]().parameters() if p.dim() > 1]
    assert sorted(weights) == wanted


def test_seed():
    one, two, other = (next(seeded("resnet8", seed).parameters()) for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"Network must be one of lenet5, resnet8, .*, not 'vgg'"):
        seeded("vgg", 0)
    with pytest.raises(ValueError, match=r"Depth of a ResNet must be 8, 14, 20, \.\.\., not 18"):
        ResNet(18)


class Viewed(torch.nn.Module):
    """LeNet-5 in the other common spelling: batch norm, functional ReLU and pool, a view."""

    def __init__(self):
        super().__init__()
        self.net = LeNet5()
        self.norm = torch.nn.BatchNorm2d(6)
        torch.nn.init.normal_(self.norm.running_mean)

    def forward(self, images):
        conv1, conv2 = self.net[0], self.net[3]
        values = torch.relu(torch.max_pool2d(self.norm(conv1(images)), 2))
        values = torch.relu(torch.max_pool2d(conv2(values), 2))
        values = values.view(values.size(0), -1)
        for layer in list(self.net)[7:]:
            values = layer(values)
        return values


@pytest.mark.parametrize("dynamo", [False, True])
@pytest.mark.parametrize("opset", [13, 18, 20])
@pytest.mark.parametrize("model", [LeNet5, Viewed])
def test_both_exporters(tmp_path, dynamo, opset, model):
    if dynamo and opset < 18:
        pytest.skip("the new exporter writes opset 18 and above")
    model, path = model().eval(), tmp_path / "net.onnx"
    symbolic = (
        {"dynamic_shapes": ({0: torch.export.Dim("batch")},), "verbose": False}
        if dynamo
        else {"dynamic_axes": {"image": {0: "batch"}}, "input_names": ["image"]}
    )
    torch.onnx.export(
        model, (torch.zeros(2, 1, 28, 28),), path, dynamo=dynamo, opset_version=opset, **symbolic
    )
    assert_same(model, path, zoo.load_samples("lenet5").images[:20])
