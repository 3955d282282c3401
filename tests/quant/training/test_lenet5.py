"""The training script, on a few digits; and PyTorch's two exporters."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from quant import zoo  # noqa: E402
from quant.onnx_io import read_float  # noqa: E402
from quant.training.lenet5 import LeNet5, accuracy, as_tensor, export, train  # noqa: E402


@pytest.fixture
def digits():
    samples = zoo.load_samples("lenet5")
    return as_tensor(samples.images), torch.from_numpy(samples.labels)


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_training_learns_and_is_the_same_twice(digits):
    one, two = (train(*digits, epochs=8, seed=3) for _ in range(2))
    assert accuracy(one, *digits) > 0.5
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)


def assert_same(model, path):
    graph = read_float(path)
    images = zoo.load_samples("lenet5").images[:20]
    with torch.no_grad():
        wanted = model(as_tensor(images)).numpy()
    np.testing.assert_allclose(graph.infer(images / 256)[:, 0, 0], wanted, rtol=1e-4, atol=1e-5)


def test_export_reads_back_and_tells_nothing_of_the_machine(tmp_path):
    model = LeNet5().eval()
    export(model, tmp_path / "net.onnx")
    assert_same(model, tmp_path / "net.onnx")
    content = (tmp_path / "net.onnx").read_bytes()
    assert b"lenet5.py" not in content
    assert b"site-packages" not in content


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
    assert_same(model, path)
