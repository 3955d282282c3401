"""How well a quantized network does: top-1, and noise and bits of each layer."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.convert import clip_name, sqnr_db
from quant.datasets import pixel_values
from quant.float_network.graph import FloatNetwork
from quant.layers._weighted import WeightedLayer
from quant.network import Network

__all__ = ["Evaluation", "LayerEvaluation", "described", "evaluate", "top1"]

MAX_NOISE_IMAGES = 256


@dataclass(frozen=True)
class LayerEvaluation:
    """A layer with weights.

    Parameters
    ----------
    name : str
    sqnr_db : float or None
        Signal to quantization noise of its output against the float network; None if unknown.
    bits : int
        Bits of a stored weight.
    """

    name: str
    sqnr_db: float | None
    bits: int


@dataclass(frozen=True)
class Evaluation:
    """A network on labelled images.

    Parameters
    ----------
    scheme : str
        How the weights were quantized.
    bits : int
        Bits of a stored weight, at most.
    images : int
        How many.
    top1 : float or None
        Fraction of images whose largest output is the label's; None if nobody looked.
    float_top1 : float or None
        The same of the float network; None if it is not at hand.
    layers : tuple of LayerEvaluation
    """

    scheme: str
    bits: int
    images: int
    top1: float | None
    float_top1: float | None
    layers: tuple[LayerEvaluation, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return asdict(self)


def top1(outputs: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Fraction of frames whose largest output is the label's; of equal ones the first counts.

    Parameters
    ----------
    outputs : ndarray, shape (n, ...)
    labels : ndarray of int64, shape (n,)
    """
    flat = outputs.reshape(len(outputs), prod(outputs.shape[1:]))
    if not len(flat) or labels.shape != (len(flat),):
        raise ValueError(
            f"{len(flat)} frames need as many labels, at least one, not {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= flat.shape[1]:
        raise ValueError(
            f"Labels must be from 0 to {flat.shape[1] - 1}, "
            f"but reach from {labels.min()} to {labels.max()}"
        )
    return float((flat.argmax(axis=1) == labels).mean())


def evaluate(
    network: Network,
    images: NDArray[Any],
    labels: NDArray[np.int64],
    graph: FloatNetwork | None = None,
    on_images: Callable[[int], None] = lambda n_done: None,
) -> Evaluation:
    """Run the golden model on labelled images.

    Parameters
    ----------
    network : Network
    images : ndarray of uint8 or floating point, shape (n, *in_shape)
        A uint8 pixel ``p`` stands for ``p / 256``.
    labels : ndarray of int64, shape (n,)
    graph : FloatNetwork, optional
        What ``network`` was made from: its accuracy is measured too, and noise against it, on the
        first 256 images.
        Without it, noise is what ``convert`` found on the calibration samples.
    on_images : callable
        Told how many images the golden model has seen, now and then.
    """
    act = network.in_format.quantize(pixel_values(images))
    fraction = top1(network.infer(act, on_images), labels)
    known = _known_noise(network)
    if graph:
        some = slice(MAX_NOISE_IMAGES)
        wanted, found = graph.trace(pixel_values(images[some])), network.trace(act[some])
        known = {
            node.name: sqnr_db(
                wanted[node.name],
                node.layer.out_format.dequantize(found.get(clip_name(node.name), found[node.name])),
            )
            for node in network.nodes
            if node.name in wanted
        }
    float_top1 = top1(graph.infer(pixel_values(images)), labels) if graph else None
    return _evaluation(network, known, len(images), fraction, float_top1)


def described(network: Network) -> Evaluation:
    """What quantization itself told: the noise on its calibration samples, and no accuracy."""
    n_samples = int(network.metadata.get("samples", "0"))
    return _evaluation(network, _known_noise(network), n_samples, None, None)


def _known_noise(network: Network) -> dict[str, float]:
    return json.loads(network.metadata.get("sqnr_db", "{}"))


def _evaluation(
    network: Network,
    noise: dict[str, float],
    images: int,
    fraction: float | None,
    float_fraction: float | None,
) -> Evaluation:
    layers = tuple(
        LayerEvaluation(node.name, noise.get(node.name), node.layer.codebook.code_width)
        for node in network.nodes
        if isinstance(node.layer, WeightedLayer)
    )
    return Evaluation(
        scheme=network.metadata.get("scheme", "unknown"),
        bits=max((layer.bits for layer in layers), default=0),
        images=images,
        top1=fraction,
        float_top1=float_fraction,
        layers=layers,
    )
