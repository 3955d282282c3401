"""Train LeNet-5 on MNIST and write the files of ``quant/zoo``.

``python -m quant.training.lenet5 --data DIR --out FOLDER``
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional

from quant.datasets import load_dataset, pixel_values

__all__ = ["LeNet5", "accuracy", "export", "train"]

N_DIGITS = 500
N_CALIBRATION = 256
BATCH = 128


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
            nn.Linear(84, 10),
        )


def as_tensor(images: NDArray[np.uint8]) -> Tensor:
    """Digits as the network takes them."""
    channel_last = torch.from_numpy(pixel_values(images)).float()
    return channel_last.permute(0, 3, 1, 2).clone(memory_format=torch.contiguous_format)


def moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned, scaled, sheared and shifted a little at random."""
    identity = torch.eye(2, 3).expand(len(images), 2, 3)
    reach = torch.tensor([[0.15, 0.15, 0.1], [0.15, 0.15, 0.1]])
    moves = identity + reach * (2 * torch.rand(len(images), 2, 3, generator=generator) - 1)
    grid = functional.affine_grid(moves, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def train(images: Tensor, labels: Tensor, *, epochs: int, seed: int) -> LeNet5:
    """A trained network; the same arguments give the same weights on the same machine."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = LeNet5()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    n_steps = epochs * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.004, total_steps=n_steps)
    for _ in track(range(epochs), "LeNet-5, epochs"):
        order = torch.randperm(len(images), generator=generator)
        for chosen in order[: len(order) // BATCH * BATCH].reshape(-1, BATCH):
            logits = model(moved(images[chosen], generator))
            loss = functional.cross_entropy(logits, labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Fraction of images whose largest logit is the label's."""
    hits = [
        (model(some).argmax(1) == right).sum()
        for some, right in zip(images.split(1000), labels.split(1000), strict=True)
    ]
    return float(sum(hits)) / len(labels)


def export(model: nn.Module, path: Path) -> None:
    """Write ONNX with a symbolic batch, weights inside, without traces of this machine."""
    program = torch.onnx.export(
        model,
        (torch.zeros(2, 1, 28, 28),),
        dynamo=True,
        opset_version=18,
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    proto.graph.name = "lenet5"
    graph = proto.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    proto.ClearField("metadata_props")
    graph.ClearField("metadata_props")
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def main() -> None:
    """Train, measure and write ``lenet5.onnx`` and ``lenet5_digits.npz``."""
    parser = argparse.ArgumentParser(prog="quant.training.lenet5", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with MNIST idx files")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1998)
    args = parser.parse_args()

    train_images, train_labels = load_dataset(args.data, "train")
    test_images, test_labels = load_dataset(args.data, "test")
    model = train(
        as_tensor(train_images),
        torch.from_numpy(train_labels),
        epochs=args.epochs,
        seed=args.seed,
    )
    top1 = accuracy(model, as_tensor(test_images), torch.from_numpy(test_labels))
    print(f"top-1 on {len(test_labels)} test digits: {top1:.2%}")

    args.out.mkdir(parents=True, exist_ok=True)
    export(model, args.out / "lenet5.onnx")
    chosen = np.random.default_rng(args.seed).permutation(len(train_images))[:N_CALIBRATION]
    np.savez_compressed(
        args.out / "lenet5_digits.npz",
        images=test_images[:N_DIGITS],
        labels=test_labels[:N_DIGITS].astype(np.uint8),
        calibration=train_images[chosen],
    )


if __name__ == "__main__":
    main()
