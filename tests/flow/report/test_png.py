"""PNG as another program reads it: matplotlib."""

import base64
import io

import matplotlib.image
import numpy as np
import pytest

from shiftconv.flow.report.png import png_uri


def pixels(uri):
    kind, _, content = uri.partition(",")
    assert kind == "data:image/png;base64"
    found = matplotlib.image.imread(io.BytesIO(base64.b64decode(content)), format="png")
    return np.round(found * 255).astype(int)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_bytes(rng, channels):
    image = rng.integers(0, 256, (5, 7, channels), np.uint8)
    wanted = image if channels == 3 else image[:, :, 0]
    assert (pixels(png_uri(image)) == wanted).all()


def test_floats_reach_from_black_to_white():
    image = np.array([[-1.0, 0.0], [1.0, 3.0]])[:, :, None]
    assert pixels(png_uri(image)).tolist() == [[0, 64], [128, 255]]
    assert pixels(png_uri(np.ones((2, 2, 1)))).tolist() == [[0, 0], [0, 0]]
