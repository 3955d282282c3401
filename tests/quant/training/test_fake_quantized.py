"""What PyTorch computes are the golden model's integers, before and after it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from quant.calibration.min_max import MinMax
from quant.codebook import (
    IndexedLevels,
    PowerOfTwo,
    TwosComplement,
    UnequalRanges,
    apot,
    codebook_from_name,
)
from quant.convert import convert
from quant.fixed_point import ActFormat, requantize
from quant.layers._weighted import WeightedLayer
from quant.onnx_io import read_float, read_quantized, write_quantized
from quant.quantizers import QUANTIZERS, QuantizedWeights, make_quantizer
from quant.training.fake_quantized import FakeQuantized
from quant.training.loop import Recipe, accuracy, train
from quant.training.master import MasterWeights
from quant.training.methods import METHODS, Place
from quant.training.retrain import measured, retrain
from quant.training.rounding import Requantize
from tests.quant.float_models import FloatBuilder

CODEBOOKS = (
    apot(4),
    UnequalRanges(2, -1),
    TwosComplement(3),
    IndexedLevels((-4, 0, 1, 2)),
    IndexedLevels((-5, 0, 1, 3)),
)


def is_weighted(node):
    return isinstance(node.layer, WeightedLayer)


@pytest.fixture
def graph(tmp_path):
    """Every kind of layer that training knows, with paddings that lean to one side."""
    net = FloatBuilder(tmp_path / "net.onnx", (3, 8, 8)).conv(6, 3, pads=[0, 0, 1, 1])
    net.conv(6, 3, group=6).residual(8, 2).conv(8, 1, act=None)
    net.pool(kernel=3, stride=1, pads=[0, 1, 1, 0])
    net.pool("AveragePool", kernel=3, stride=1, pads=[1] * 4)
    net.conv(8, 1, act=None).add("GlobalAveragePool").add("Flatten")
    return read_float(net.dense(8, 3).save())


@pytest.fixture
def start(graph, rng):
    """Its quantized network, of three bits."""
    return quantized(graph, rng)


def quantized(graph, rng, bits=3, scheme="nearest"):
    samples = rng.random((8, *graph.in_shape))
    quantizer = make_quantizer(scheme, bits)
    return convert(graph, samples, quantizer=quantizer, calibration=MinMax())


def with_codebook(network, codebook):
    """The network with every weight at the nearest level of another codebook."""
    nodes = [
        replace(
            node, layer=replace(layer, codebook=codebook, levels=codebook.nearest(layer.levels))
        )
        if is_weighted(node) and (layer := node.layer)
        else node
        for node in network.nodes
    ]
    return replace(network, nodes=tuple(nodes))


def assert_exact(model, rng):
    act = rng.integers(0, 256, (50, *model.start.in_shape))
    golden = model.network().infer(act)
    assert np.ptp(golden) > 10
    assert np.array_equal(model.infer(act), golden[:, 0, 0])


def assert_same_layers(one, two):
    for a, b in zip(one.nodes, two.nodes, strict=True):
        for field in ("levels", "bias", "shift"):
            assert np.array_equal(getattr(a.layer, field, 0), getattr(b.layer, field, 0)), a.name


@pytest.mark.parametrize("bits", [1, 2, 3, 5])
def test_begins_where_quantization_ended(graph, rng, bits):
    network = quantized(graph, rng, bits)
    model = FakeQuantized(graph, network, METHODS["straight-through"])
    assert_exact(model, rng)
    assert_same_layers(model.network(), network)


@pytest.mark.parametrize("scheme", [name for name in QUANTIZERS if name != "nearest"])
def test_begins_where_every_scheme_ended(graph, rng, scheme):
    network = quantized(graph, rng, max(3, QUANTIZERS[scheme].all_bits[0]), scheme)
    model = FakeQuantized(graph, network, METHODS["straight-through"])
    assert_exact(model, rng)
    assert_same_layers(model.network(), network)


@pytest.mark.parametrize("learn_steps", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_is_exact_and_learns(graph, start, coloured, rng, method, learn_steps, tmp_path):
    model = FakeQuantized(graph, start, METHODS[method], learn_steps=learn_steps)
    images, labels = coloured.images.numpy(), coloured.labels.numpy()
    before = accuracy(model, images, labels)
    found = retrain(
        graph,
        start,
        coloured,
        Recipe(epochs=10, rate=0.03, optimizer="adam", batch=8, weight_decay=0.0),
        method=METHODS[method],
        distil=0.0,
        learn_steps=learn_steps,
    )
    found = measured(found, graph, start, images, labels)
    assert float(found.metadata["top1"]) > max(before, 0.6)
    assert float(found.metadata["start_top1"]) == before
    assert found.metadata["test_images"] == "64"
    assert found.metadata["method"] == method
    again = FakeQuantized(graph, found, METHODS["straight-through"])
    assert_exact(again, rng)
    assert_same_layers(again.network(), found)
    write_quantized(found, tmp_path / "q.onnx")
    assert_same_layers(read_quantized(tmp_path / "q.onnx"), found)


@pytest.mark.parametrize("codebook", CODEBOOKS, ids=lambda codebook: codebook.name)
@pytest.mark.parametrize("method", METHODS)
def test_every_codebook(graph, start, coloured, rng, method, codebook):
    start = with_codebook(start, codebook)
    model = FakeQuantized(graph, start, METHODS[method])
    assert_exact(model, rng)
    train(
        model,
        coloured,
        Recipe(epochs=1, rate=0.03, optimizer="adam", batch=4),
        before_step=model.at,
    )
    model.at(1.0)
    assert_exact(model, rng)
    books = {node.layer.codebook.name for node in model.network().nodes if is_weighted(node)}
    own = method == "clip-q" and isinstance(codebook, IndexedLevels)
    assert (books != {codebook.name}) == own
    if own:
        terms = [codebook_from_name(book).terms for book in books]
        assert all(len(lanes) <= len(codebook.terms) for lanes in terms)
        assert all(isinstance(lane.codebook, PowerOfTwo) for lanes in terms for lane in lanes)


def test_clip_q_prunes_a_fifth_of_each_sign(rng):
    weights = rng.normal(size=(40, 5)) + 0.2
    levels = PowerOfTwo(2).nearest(weights)
    start = QuantizedWeights(levels, np.zeros(5, np.int64), PowerOfTwo(2))
    method = METHODS["clip-q"](MasterWeights(weights, start), Place(0, 1))
    found, real = method.levels().numpy(), method.master.real().detach().numpy()
    for sign in (-1, 1):
        mine = np.sort(np.abs(real[real * sign > 0]))
        pruned = np.abs(real[(real * sign > 0) & (found == 0)])
        assert len(pruned) == int(0.2 * len(mine))
        assert pruned.max() == mine[len(pruned) - 1]
    assert (np.abs(found[real * found > 0]) >= 1).all()


@pytest.mark.parametrize("off", [-3, 3])
def test_clipping_learns(rng, off):
    """The step that loses least comes back, whether it is too fine or too coarse."""
    values = torch.tensor(rng.normal(size=4000)).float()
    log2_step = torch.tensor([-2.0 + off], requires_grad=True)
    optimizer = torch.optim.Adam([log2_step], lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        (Requantize.apply(values, log2_step, -8, 7) - values).square().mean().backward()
        optimizer.step()
    errors = {
        exponent: float((Requantize.apply(values, torch.tensor([exponent]), -8, 7) - values).norm())
        for exponent in (-5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0)
    }
    # It ends where the gradients of two neighbours meet.
    assert abs(float(log2_step.detach()) - min(errors, key=errors.__getitem__)) < 0.6


def test_steps_that_learnt_stay_exact(graph, start, rng):
    model = FakeQuantized(graph, start, METHODS["straight-through"], learn_steps=True)
    with torch.no_grad():
        for index, part in enumerate(model.parts):
            if hasattr(part, "log2_step") and part.log2_step.requires_grad:
                part.log2_step += index % 3 - 1.2
    fracs = [
        [node.layer.out_format.frac for node in network.nodes]
        for network in (start, model.network())
    ]
    assert len({one - two for one, two in zip(*fracs, strict=True)}) == 3
    assert model.network().out_format == start.out_format
    assert_exact(model, rng)


def test_wide_accumulators_stay_exact(graph, start, rng):
    """Beyond 24 bits single precision would round, here onto a tie."""
    act = rng.integers(0, 256, (50, *start.in_shape))
    *nodes, last = start.nodes
    layer = last.layer
    dots = start.trace(act)[nodes[-1].name].reshape(50, -1) @ layer.levels
    frame, channel = np.argwhere(dots % 4 == 1)[0]
    bias = layer.bias.copy()
    # A multiple of four, since a single has no others there.
    bias[channel] = 2**25 + 2**10 + 1 - dots[frame, channel]
    shift = np.full_like(layer.shift, 11)
    frac = layer.out_format.frac - 11 + int(layer.shift[0])
    fmt = replace(layer.out_format, frac=frac)
    wide = replace(layer, bias=bias, shift=shift, out_format=fmt)
    network = replace(start, nodes=(*nodes, replace(last, layer=wide)))
    model = FakeQuantized(graph, network, METHODS["straight-through"])
    found = model.infer(act)
    assert found[frame, channel] == 2**14 + 1
    assert np.array_equal(found, model.network().infer(act)[:, 0, 0])


@pytest.mark.parametrize("kind", ["inq", "gsnq"])
def test_fixed_weights_stay(kind, rng):
    weights = rng.normal(size=(40, 5))
    start = QuantizedWeights(PowerOfTwo(2).nearest(weights), np.zeros(5, int), PowerOfTwo(2))
    method = METHODS[kind](MasterWeights(weights, start), Place(0, 3))
    nearest = method.levels()
    method.at(0.01)
    largest = np.abs(weights) >= np.median(np.abs(weights))
    assert np.array_equal(method.is_fixed.numpy(), largest)
    with torch.no_grad():
        method.master.values *= -1
    fixed = torch.tensor(largest)
    assert torch.equal(method.levels(), torch.where(fixed, nearest, -nearest))
    learning = method.learning()
    assert torch.equal(learning[fixed], nearest[fixed])
    assert torch.equal(learning[~fixed], method.master.real()[~fixed])
    learning.sum().backward()
    assert torch.equal(method.master.values.grad != 0, ~fixed)
    method.at(1.0)
    assert method.is_fixed.all()


def test_layers_take_turns(rng):
    """GSNQ goes from the input to the output, INQ takes all layers at once."""
    weights = rng.normal(size=(40, 5))
    start = QuantizedWeights(PowerOfTwo(2).nearest(weights), np.zeros(5, int), PowerOfTwo(2))
    parts = {}
    for kind in ("inq", "gsnq"):
        places = [Place(index, 4) for index in range(4)]
        methods = [METHODS[kind](MasterWeights(weights, start), place) for place in places]
        for method in methods:
            method.at(0.26)
        parts[kind] = [float(method.is_fixed.float().mean()) for method in methods]
    assert parts == {"inq": [0.75] * 4, "gsnq": [0.75, 0.75, 0.5, 0.5]}


def test_requantize_is_the_golden_rounding(rng):
    acc = np.concatenate([np.arange(-40, 40), rng.integers(-5000, 5000, 500)])
    for shift in range(6):
        for signed in (False, True):
            fmt = ActFormat(6, 0, signed)
            values = torch.tensor(acc, dtype=torch.float32) * 2.0**-shift
            found = Requantize.apply(values, torch.tensor([0.0]), fmt.lo, fmt.hi)
            assert np.array_equal(found.numpy(), requantize(acc, shift, fmt))


def test_gradients_of_requantize():
    values = torch.tensor([-0.4, 0.3, 1.2, 2.9, 3.4, 3.6, 9.0], requires_grad=True)
    log2_step = torch.tensor([0.0], requires_grad=True)
    Requantize.apply(values, log2_step, 0, 3).sum().backward()
    assert values.grad.tolist() == [1, 1, 1, 1, 1, 0, 0]
    inside = (0 - -0.4) + (0 - 0.3) + (1 - 1.2) + (3 - 2.9) + (3 - 3.4)
    assert log2_step.grad.item() == pytest.approx((inside + 3 + 3) * np.log(2), abs=1e-5)


def test_refusals(start, tmp_path, rng, coloured):
    net = FloatBuilder(tmp_path / "net.onnx", (3, 8, 8)).conv(4, 3).add("Sigmoid").conv(2, 3)
    other = read_float(net.save())
    with pytest.raises(ValueError, match="training does not know layers of kind look_up; known"):
        FakeQuantized(other, quantized(other, rng), METHODS["inq"])
    with pytest.raises(
        ValueError,
        match=r"has weights of shape \(3, 3, 3, 4\) there, the quantized one \(3, 3, 3, 6\)",
    ):
        FakeQuantized(other, start, METHODS["inq"])
    net = FloatBuilder(tmp_path / "net.onnx", (4, 8, 8)).conv(4, 3, group=2).conv(2, 3)
    grouped = read_float(net.save())
    with pytest.raises(ValueError, match=r"one group, not dilation .* and 2 groups"):
        FakeQuantized(grouped, quantized(grouped, rng), METHODS["inq"])
    with pytest.raises(ValueError, match="share must lie between 0 and 1, not 2"):
        retrain(other, start, coloured, Recipe(epochs=1, rate=1), method=METHODS["inq"], distil=2)
