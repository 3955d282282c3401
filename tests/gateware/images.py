"""Images as beats and back."""

import numpy as np

from shiftconv.gateware.beat import n_beats

__all__ = ["beats_to_images", "images_to_beats", "payload_bits"]


def payload_bits(values, width):
    """Concatenate integers of ``width`` bits, the first lowest."""
    return sum((int(value) % 2**width) << n * width for n, value in enumerate(values))


def images_to_beats(images, width, par):
    """Payload bits of every beat of a batch of images, shape (n, height, width, channels)."""
    n, _, _, channels = images.shape
    padded = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, -channels % par)))
    rows = padded.reshape(n, -1, par)
    mark = 1 << par * width
    return [
        payload_bits(values, width) + (mark if at == len(image) - 1 else 0)
        for image in rows
        for at, values in enumerate(image)
    ]


def beats_to_images(payloads, shape, width, par, *, signed):
    """Images from payload bits; asserts that ``last`` marks frame ends and idle lanes are zero."""
    height, image_width, channels = shape
    per_frame = height * image_width * n_beats(channels, par)
    lasts = [bits >> par * width for bits in payloads]
    assert lasts == [int((n + 1) % per_frame == 0) for n in range(len(payloads))]
    values = np.array(
        [[bits >> n * width & (2**width - 1) for n in range(par)] for bits in payloads], np.int64
    )
    if signed:
        values -= (values >> (width - 1)) << width
    pixels = values.reshape(-1, n_beats(channels, par) * par)
    assert not pixels[:, channels:].any()
    return pixels[:, :channels].reshape(-1, height, image_width, channels)
