"""The float networks that are trained here, in PyTorch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["NETWORKS", "LeNet5", "ResNet", "seeded"]

N_CLASSES = 10


class LeNet5(nn.Sequential):
    """Convolutions 6 and 16, dense layers 120, 84 and 10; ReLU and max pool between.

    Takes digits of shape (n, 1, 28, 28), pixels divided by 256; gives logits of shape (n, 10).
    """

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, N_CLASSES),
        )


class _Residual(nn.Module):
    """Two 3×3 convolutions beside a shortcut: a 1×1 convolution where the shape changes."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.first = _normed(c_in, c_out, 3, stride)
        self.second = _normed(c_out, c_out, 3, 1)
        same = stride == 1 and c_in == c_out
        self.shortcut = nn.Identity() if same else _normed(c_in, c_out, 1, stride)

    def forward(self, values: Tensor) -> Tensor:
        inner = self.second(functional.relu(self.first(values)))
        return functional.relu(inner + self.shortcut(values))


def _normed(c_in: int, c_out: int, kernel: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, kernel, stride, (kernel - 1) // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(c_out))


class ResNet(nn.Sequential):
    """Residual network for 32×32 images of 16, 32 and 64 channels (He et al., CVPR 2016, 4.2).

    Takes images of shape (n, 3, 32, 32), pixels divided by 256; gives logits of shape (n, 10). The
    shortcut where the shape changes is a convolution, as in MLPerf Tiny's ResNet-8.

    Parameters
    ----------
    depth : int
        ``6 n + 2`` layers with weights: 8, 14, 20 and so on.
    """

    def __init__(self, depth: int) -> None:
        n_blocks, rest = divmod(depth - 2, 6)
        if rest or n_blocks < 1:
            raise ValueError(f"Depth of a ResNet must be 8, 14, 20, ..., not {depth}")
        layers: list[nn.Module] = [_normed(3, 16, 3, 1), nn.ReLU()]
        c_in = 16
        for c_out in (16, 32, 64):
            for block in range(n_blocks):
                layers.append(_Residual(c_in, c_out, 2 if block == 0 and c_out > 16 else 1))
                c_in = c_out
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, N_CLASSES))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lenet5": LeNet5,
    "resnet8": lambda: ResNet(8),
    "resnet20": lambda: ResNet(20),
}


def seeded(name: str, seed: int) -> nn.Module:
    """A network of :data:`NETWORKS` with its first weights; the same seed gives the same ones."""
    if name not in NETWORKS:
        raise ValueError(f"Network must be one of {', '.join(NETWORKS)}, not {name!r}")
    torch.manual_seed(seed)
    return NETWORKS[name]().to(memory_format=torch.channels_last)
