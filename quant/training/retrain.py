"""Retrain a quantized network, and measure what came out."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from quant.datasets import pixel_values
from quant.evaluate import evaluate, top1
from quant.float_network.graph import FloatNetwork
from quant.network import Network
from quant.training.fake_quantized import FakeQuantized
from quant.training.floating import Floating
from quant.training.images import Images
from quant.training.loop import Epoch, Recipe, accuracy, train
from quant.training.methods import METHODS, Method

__all__ = ["distilling", "measured", "retrain"]

TEMPERATURE = 2.0
N_NOISE_IMAGES = 64


def distilling(teacher: nn.Module, share: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
    """Objective of a student that learns from labels and from a teacher.

    ``(1 - share) * cross_entropy(labels) + share * T**2 * KL(teacher / T || student / T)`` with
    temperature T = 2 (Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015).
    """

    def objective(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        logits = model(images).float()
        loss = functional.cross_entropy(logits, labels)
        if not share:
            return loss
        wanted = functional.log_softmax(teacher(images).float() / TEMPERATURE, 1)
        found = functional.log_softmax(logits / TEMPERATURE, 1)
        away = functional.kl_div(found, wanted, reduction="batchmean", log_target=True)
        return (1 - share) * loss + share * TEMPERATURE**2 * away

    return objective


def retrain(
    graph: FloatNetwork,
    network: Network,
    data: Images,
    recipe: Recipe,
    *,
    method: type[Method],
    distil: float = 0.5,
    learn_steps: bool = False,
    checkpoint: Path | None = None,
    before_step: Callable[[float], None] = lambda done: None,
    after_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> Network:
    """The network with weights, biases and, if asked for, steps that were learnt.

    Parameters
    ----------
    graph : FloatNetwork
        Full-precision weights to start from, and the teacher.
    network : Network
        The same network after post-training quantization: codebook, scales and formats.
    data : Images
    recipe : Recipe
    method : type of Method
    distil : float
        How much of the loss is the teacher's, from 0 to 1.
    learn_steps : bool
        Whether the activations' steps learn: clipping is learnt, and steps stay powers of two.
    checkpoint, before_step, after_epoch
        As for :func:`~quant.training.loop.train`.
    """
    if not 0 <= distil <= 1:
        raise ValueError(f"The teacher's share must lie between 0 and 1, not {distil}")
    what = (
        f"{network.name}, {network.metadata.get('scheme')} {network.metadata.get('bits')} bits, "
        f"{method.kind}, teacher {distil}, steps {'learn' if learn_steps else 'stay'}"
    )
    model = FakeQuantized(graph, network, method, learn_steps=learn_steps)

    def step(done: float) -> None:
        model.at(done)
        before_step(done)

    train(
        model,
        data,
        replace(recipe, what=what),
        checkpoint=checkpoint,
        objective=distilling(Floating(graph), distil),
        before_step=step,
        after_epoch=after_epoch,
    )
    model.at(1.0)
    told = {
        "method": method.kind,
        "epochs": str(recipe.epochs),
        "rate": str(recipe.rate),
        "seed": str(recipe.seed),
        "distil": str(distil),
    }
    return model.eval().network(told)


def measured(
    network: Network,
    graph: FloatNetwork,
    start: Network,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
) -> Network:
    """The network with its accuracy in its metadata.

    On all of ``test_images`` images: ``top1`` of the golden integers, ``start_top1`` of what
    retraining began with, computed by PyTorch, and ``float_top1`` of the float network. On 64 of
    them ``sqnr_db``, each layer's noise against the float network.
    """
    found = top1(network.infer(network.in_format.quantize(pixel_values(images))), labels)
    some = slice(N_NOISE_IMAGES)
    noise = evaluate(network, images[some], labels[some], graph).layers
    before = FakeQuantized(graph, start, METHODS["straight-through"])
    metadata = {
        "top1": str(found),
        "start_top1": str(accuracy(before, images, labels)),
        "float_top1": str(accuracy(Floating(graph), images, labels)),
        "test_images": str(len(labels)),
        "sqnr_db": json.dumps({layer.name: round(layer.sqnr_db or 0.0, 2) for layer in noise}),
    }
    return replace(network, metadata=network.metadata | metadata)
