"""Axes of tensors: reshapes and operands against numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.onnx_model.layout import flat_axes, image_axes, placed, regrouped, sizes

SHAPES = st.tuples(*[st.integers(1, 4)] * 3)


def tensor(shape, axes):
    """An image of distinct numbers as a tensor with such axes, the batch left out."""
    image = np.arange(np.prod(shape)).reshape(shape)
    order = "".join(axes)
    kept = image.reshape([n for n in shape if n > 1])
    letters = [x for x in "hwc" if sizes(shape)[x] > 1]
    turned = kept.transpose([letters.index(x) for x in order])
    return turned.reshape([int(np.prod([sizes(shape)[x] for x in axis])) for axis in axes])


@given(SHAPES, st.permutations("hwc"), st.data())
def test_operands_are_placed_as_numpy_broadcasts(shape, order, data):
    axes = image_axes(shape, "".join(order))
    values = tensor(shape, axes)
    dims = [data.draw(st.sampled_from([1, size])) for size in values.shape]
    dims = dims[data.draw(st.integers(0, len(dims))) :]
    operand = np.arange(np.prod(dims)).reshape(dims).astype(float)
    wanted = (values + 1000 * operand).ravel()
    image = np.arange(np.prod(shape)).reshape(shape)
    found = image + 1000 * placed(shape, axes, operand)
    assert sorted(found.ravel()) == sorted(wanted)
    assert dict(zip(values.ravel(), wanted, strict=True)) == dict(
        zip(image.ravel(), found.ravel(), strict=True)
    )


@given(SHAPES, st.permutations("hwc"))
def test_reshapes_keep_the_order(shape, order):
    axes = image_axes(shape, "".join(order))
    flat = regrouped(shape, axes, [int(np.prod(shape))])
    assert (tensor(shape, flat) == tensor(shape, axes).ravel()).all()
    spread = [1, *tensor(shape, axes).shape, 1]
    again = regrouped(shape, flat, spread)
    assert (tensor(shape, again) == tensor(shape, axes).reshape(spread)).all()


@pytest.mark.parametrize(
    ("dims", "axes"), [([6, 14], None), ([84, 2], None), ([2, 42], ("c", "hw"))]
)
def test_dimensions_are_not_cut(dims, axes):
    assert regrouped((7, 6, 2), flat_axes((7, 6, 2)), dims) == axes


def test_operands_that_do_not_broadcast():
    for dims in ((3,), (2, 7, 5), (2, 2, 7, 6), (1, 1, 2, 7, 6)):
        assert placed((7, 6, 2), ("c", "h", "w"), np.zeros(dims)) is None
