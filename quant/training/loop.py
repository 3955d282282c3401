"""The training loop: it can be stopped at any time and goes on from its last whole epoch."""

import math
import os
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from quant.training.images import Images, as_tensor

__all__ = ["Epoch", "Recipe", "accuracy", "saved", "train", "weights_in"]

Objective = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How long and how fast to learn.

    Parameters
    ----------
    epochs : int
    rate : float
        Largest learning rate. It rises over the first ``warm_up`` of all steps, and falls to zero
        along a cosine over the others.
    optimizer : {"sgd", "adam"}
        Stochastic gradient descent with Nesterov's momentum 0.9, or AdamW.
    batch : int
    warm_up : float
        Between 0 and 1.
    weight_decay : float
        Of weights; biases and batch norms have none.
    seed : int
        The same one gives the same network on the same machine with the same number of threads.
    half : bool
        Whether to compute gradients in bfloat16 where PyTorch's autocast would.
    what : str
        What is trained: a checkpoint of something else is refused.
    """

    epochs: int
    rate: float
    optimizer: str = "sgd"
    batch: int = 128
    warm_up: float = 0.1
    weight_decay: float = 5e-4
    seed: int = 0
    half: bool = False
    what: str = ""

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise ValueError(
                f"Epochs and batch must be at least 1, not {self.epochs} and {self.batch}"
            )
        if self.optimizer not in ("sgd", "adam"):
            raise ValueError(f"Optimizer must be one of sgd, adam, not {self.optimizer!r}")

    def rate_at(self, done: float) -> float:
        """Learning rate when the fraction ``done`` of all steps is done."""
        if done < self.warm_up:
            return self.rate * (done + 1e-3) / (self.warm_up + 1e-3)
        return self.rate * (1 + math.cos(math.pi * (done - self.warm_up) / (1 - self.warm_up))) / 2

    def optimizer_of(self, model: nn.Module) -> torch.optim.Optimizer:
        """Optimizer of the parameters that learn."""
        learning = [p for p in model.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in learning if p.dim() > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in learning if p.dim() <= 1], "weight_decay": 0.0},
        ]
        if self.optimizer == "adam":
            return torch.optim.AdamW(groups, lr=self.rate)
        return torch.optim.SGD(groups, lr=self.rate, momentum=0.9, nesterov=True)


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to: its number from 1, mean loss, and seconds."""

    number: int
    loss: float
    seconds: float


def cross_entropy(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy of the model's logits."""
    return functional.cross_entropy(model(images), labels)


def train(
    model: nn.Module,
    data: Images,
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    objective: Objective = cross_entropy,
    before_step: Callable[[float], None] = lambda done: None,
    after_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> list[Epoch]:
    """Train ``model`` in place.

    Parameters
    ----------
    model : Module
        Its state is saved and restored whole: what a method remembers belongs into buffers.
    data : Images
    recipe : Recipe
    checkpoint : Path, optional
        Written whole after every epoch. If it is there at the start, training goes on from it, and
        ends with the same weights as if it had never stopped.
    objective : callable
        Loss of the model, a batch of images and their labels.
    before_step : callable
        Told the fraction of all steps that is done.
    after_epoch : callable
        Told each epoch.

    Returns
    -------
    list of Epoch
        Those before a stop included.

    Raises
    ------
    ValueError
        If the checkpoint is another recipe's, or the loss is no longer a number.
    """
    optimizer = recipe.optimizer_of(model)
    history = _resumed(model, optimizer, recipe, checkpoint)
    batch = min(recipe.batch, len(data))
    n_steps = len(data) // batch
    for number in range(len(history), recipe.epochs):
        start = time.monotonic()
        # Every epoch has a generator of its own, so that a stop leaves no trace.
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + number)
        order = torch.randperm(len(data), generator=generator)[: n_steps * batch]
        model.train()
        total = 0.0
        for step, chosen in enumerate(order.reshape(n_steps, batch)):
            done = (number + step / n_steps) / recipe.epochs
            before_step(done)
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate_at(done)
            images, labels = data.batch(chosen, generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
                loss = objective(model, images, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if not math.isfinite(total):
            raise ValueError(f"The loss is no number after epoch {number + 1}; lower the rate")
        history.append(Epoch(number + 1, total / n_steps, time.monotonic() - start))
        if checkpoint:
            saved(checkpoint, _state(model, optimizer, recipe, history))
        after_epoch(history[-1])
    model.eval()
    return history


def _state(
    model: nn.Module, optimizer: torch.optim.Optimizer, recipe: Recipe, history: list[Epoch]
) -> dict[str, Any]:
    return {
        "recipe": vars(recipe),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": [vars(epoch) for epoch in history],
    }


def _resumed(
    model: nn.Module, optimizer: torch.optim.Optimizer, recipe: Recipe, checkpoint: Path | None
) -> list[Epoch]:
    if checkpoint is None or not checkpoint.exists():
        return []
    state = torch.load(checkpoint, weights_only=True)
    if state["recipe"] != vars(recipe):
        raise ValueError(
            f"{checkpoint} was made by another recipe, {state['recipe']}, not {vars(recipe)}"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return [Epoch(**epoch) for epoch in state["history"]]


def weights_in(checkpoint: Path) -> dict[str, Tensor]:
    """State of the model in a checkpoint; raises ValueError if the file is none."""
    try:
        state: dict[str, Tensor] = torch.load(checkpoint, weights_only=True)["model"]
    except (KeyError, TypeError, RuntimeError, pickle.UnpicklingError) as error:
        raise ValueError(f"{checkpoint} is not a checkpoint ({error})") from error
    return state


def saved(path: Path, state: Any) -> None:
    """Write a file of tensors whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    torch.save(state, partial)
    os.replace(partial, path)


@torch.no_grad()
def accuracy(
    model: nn.Module, images: NDArray[np.uint8], labels: NDArray[np.int64], batch: int = 250
) -> float:
    """Fraction of images whose largest logit is the label's, in single precision."""
    model.eval()
    hits = 0
    for at in range(0, len(labels), batch):
        logits = model(as_tensor(images[at : at + batch]))
        hits += int((logits.argmax(1).numpy() == labels[at : at + batch]).sum())
    return hits / len(labels)
