"""What PyTorch's exporters write, read and compared with what PyTorch computes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from quant.onnx_io import check_operators, read_float  # noqa: E402


class Mixed(nn.Module):
    """Branches, gates, enlarging, every kind of activation."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding="same", bias=False), nn.BatchNorm2d(8), nn.ReLU6()
        )
        self.deep = nn.Sequential(
            nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), nn.BatchNorm2d(8), nn.Hardswish()
        )
        self.point, self.slopes = nn.Conv2d(8, 8, 1), nn.PReLU(8)
        self.max_pool, self.mean = nn.MaxPool2d(2, ceil_mode=True), nn.AvgPool2d(2)
        self.larger, self.last = nn.Upsample(scale_factor=2, mode="nearest"), nn.Linear(16, 5)

    def forward(self, x):
        early = self.stem(x)
        one = self.slopes(self.point(self.deep(early))) + early
        both = torch.cat([one, self.larger(self.max_pool(one))], dim=1)
        left, right = torch.chunk(both, 2, dim=1)
        gates = nn.functional.silu(left), nn.functional.leaky_relu(right, 0.125)
        features = self.mean(torch.cat(gates, dim=1)).mean((2, 3))
        return self.last(nn.functional.dropout(features, training=self.training)).softmax(-1)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = Mixed().eval()
    with torch.no_grad():
        for norm in (model.stem[1], model.deep[1]):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return model


# The older exporter writes opsets up to 20; the newer one writes 18 and converts that.
EXPORTS = [(opset, False) for opset in range(11, 21)] + [(opset, True) for opset in range(18, 22)]


@pytest.mark.parametrize(("opset", "dynamo"), EXPORTS)
@pytest.mark.filterwarnings("ignore")
def test_export(model, tmp_path, opset, dynamo):
    path = tmp_path / "net.onnx"
    images = torch.randn(2, 3, 8, 8)
    names = {"input_names": ["input"], "output_names": ["output"]}
    if dynamo:
        pytest.importorskip("onnxscript")
        torch.onnx.export(model, (images,), path, dynamo=True, opset_version=opset, verbose=False)
    else:
        axes = {"input": {0: "n"}, "output": {0: "n"}}
        torch.onnx.export(
            model, (images,), path, dynamo=False, opset_version=opset, dynamic_axes=axes, **names
        )
    assert all(verdict.status == "ok" for verdict in check_operators(path))
    network = read_float(path)
    assert network.host == ("Softmax",)
    found = network.infer(images.numpy().transpose(0, 2, 3, 1))[:, 0, 0]
    odds = np.exp(found - found.max(axis=1, keepdims=True))
    wanted = model(images).detach().numpy()
    np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), wanted, atol=1e-5)
