"""PyTorch's integers of the retrained networks that ship, before they are the golden model's."""

import numpy as np
import pytest

from quant import zoo
from tests.quant.test_zoo import STORED
from tests.quant.training.store_logits import logits


@pytest.mark.parametrize("name", zoo.retrained_names())
def test_stored_logits_are_what_pytorch_computes(name):
    with np.load(STORED) as stored:
        assert np.array_equal(logits(name), stored[name])
