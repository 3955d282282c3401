"""``python -m tests.quant.training.store_logits``: write what PyTorch computes for the zoo."""

import numpy as np

from quant import zoo
from quant.training.fake_quantized import FakeQuantized
from quant.training.methods import METHODS
from tests.quant.test_zoo import N_STORED, STORED

__all__ = ["logits"]


def logits(name):
    """Output integers of the first images, computed by PyTorch."""
    network, graph = zoo.load_quantized(name), zoo.load_float(name)
    model = FakeQuantized(graph, network, METHODS["straight-through"])
    return model.infer(zoo.load_samples(name).images[:N_STORED].astype(np.int64))


if __name__ == "__main__":
    np.savez_compressed(STORED, **{name: logits(name) for name in zoo.retrained_names()})
