"""Random layers, and the comparison of a component with a layer's golden output."""

from dataclasses import replace

import numpy as np

from quant.fixed_point import ActFormat
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.depthwise_conv2d import DepthwiseConv2d
from quant.network import Network
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import in_names, n_beats
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters, ConvWeights
from tests.gateware.images import beats_to_images, images_to_beats

__all__ = [
    "check_component",
    "conv_parameters",
    "fixed_engine",
    "random_conv",
    "random_dense",
    "random_depthwise",
    "random_frames",
]


def _with_scales(rng, layer):
    """The layer with random biases, and shifts at which outputs use their range and overflow."""
    c_out = layer.levels.shape[-1]
    reach = int(max(np.abs(bounds).max() for bounds in layer.dot_bounds))
    surplus = max(0, reach.bit_length() - layer.out_format.width)
    return replace(
        layer,
        bias=rng.integers(-reach // 2, reach // 2 + 1, c_out),
        shift=rng.integers(max(surplus - 3, -2), surplus + 3, c_out),
    )


def random_conv(
    rng,
    *,
    in_shape,
    c_out,
    kernel,
    codebook,
    fmt,
    out_format=None,
    stride=(1, 1),
    padding=(0, 0, 0, 0),
):
    """A convolution with random levels, biases and shifts."""
    layer = Conv2d(
        in_shape=in_shape,
        in_format=fmt,
        out_format=out_format or fmt,
        codebook=codebook,
        levels=rng.choice(codebook.levels, size=(*kernel, in_shape[2], c_out)),
        bias=np.zeros(c_out, np.int64),
        shift=np.zeros(c_out, np.int64),
        stride=stride,
        padding=padding,
    )
    return _with_scales(rng, layer)


def random_dense(rng, *, in_shape, c_out, codebook, fmt, out_format=None):
    """A fully connected layer with random levels, biases and shifts."""
    layer = Dense(
        in_shape=in_shape,
        in_format=fmt,
        out_format=out_format or fmt,
        codebook=codebook,
        levels=rng.choice(codebook.levels, size=(int(np.prod(in_shape)), c_out)),
        bias=np.zeros(c_out, np.int64),
        shift=np.zeros(c_out, np.int64),
    )
    return _with_scales(rng, layer)


def random_depthwise(
    rng,
    *,
    in_shape,
    kernel,
    codebook,
    fmt,
    out_format=None,
    stride=(1, 1),
    padding=(0, 0, 0, 0),
):
    """A depthwise convolution with random levels, biases and shifts."""
    channels = in_shape[2]
    layer = DepthwiseConv2d(
        in_shape=in_shape,
        in_format=fmt,
        out_format=out_format or fmt,
        codebook=codebook,
        levels=rng.choice(codebook.levels, size=(*kernel, channels)),
        bias=np.zeros(channels, np.int64),
        shift=np.zeros(channels, np.int64),
        stride=stride,
        padding=padding,
    )
    return _with_scales(rng, layer)


def random_frames(rng, n, shape, fmt: ActFormat):
    """Images of random activations; the extremes are as likely as all the others together."""
    frames = rng.integers(fmt.lo, fmt.hi + 1, (n, *shape))
    extremes = rng.choice([fmt.lo, fmt.hi], size=frames.shape)
    return np.where(rng.random(frames.shape) < 0.5, extremes, frames)


def conv_parameters(layer: Conv2d | DepthwiseConv2d, **changes) -> ConvParameters:
    """Parameters of an engine for the layer."""
    parameters = {
        "geometry": layer.geometry,
        "c_in": layer.in_shape[2],
        "c_out": layer.out_shape[2],
        "in_format": layer.in_format,
        "out_format": layer.out_format,
        "codebook": layer.codebook,
        "acc_width": layer.acc_width,
        "shift_min": int(layer.shift.min()),
        "shift_max": int(layer.shift.max()),
    }
    return ConvParameters(**parameters | changes)


def fixed_engine(layer: Conv2d, folding, **options) -> ConvEngine:
    """An engine with the layer's weights in read-only memory."""
    weights = ConvWeights(levels=layer.levels, bias=layer.bias, shift=layer.shift)
    return ConvEngine(conv_parameters(layer), folding=folding, weights=weights, **options)


def check_component(
    component, layer, cycles, *, rng, stall, then_stall=0.0, n_frames=None, inputs=None
):
    """Assert golden outputs and, without stalls, the cycles per frame in steady state.

    Parameters
    ----------
    component : Component
        Streams ``i``, ``i_1``, ... as the layer has inputs, and ``o``.
    layer : Layer or Network
    cycles : int
        Cycles from a frame's last beat to the next frame's, in the latter half of the frames.
    then_stall : float
        Behind the frames that are said to come two more at these stalls.
    inputs : dict, optional
        What other input streams get.

    Returns
    -------
    StreamRecording
    """
    n_first = n_frames or (2 if stall else 4)
    n_frames = n_first + (2 if then_stall else 0)
    is_network = isinstance(layer, Network)
    sources = ((layer.in_shape, layer.in_format),) if is_network else layer.inputs
    acts = [random_frames(rng, n_frames, shape, fmt) for shape, fmt in sources]
    beats = {
        name: images_to_beats(act, fmt.width, _par(component, name))
        for name, act, (_, fmt) in zip(in_names(len(acts)), acts, sources, strict=True)
    }
    out_height, out_width, c_out = layer.out_shape
    out_par, out_format = _par(component, "o"), layer.out_format
    per_frame = out_height * out_width * n_beats(c_out, out_par)
    recording = simulate_streams(
        component,
        {**beats, **(inputs or {})},
        n_frames * per_frame,
        stall=then_stall or stall,
        stall_from=n_first / n_frames if then_stall else 0.0,
        rng=rng,
    )
    found = beats_to_images(
        recording.payloads, layer.out_shape, out_format.width, out_par, signed=out_format.signed
    )
    golden = layer.infer(*acts) if is_network else layer.reference(*acts)
    assert np.array_equal(found, golden)
    if not stall:
        ends = recording.cycles[per_frame - 1 :: per_frame][n_first // 2 : n_first]
        assert set(np.diff(ends).tolist()) == {cycles}
    return recording


def _par(component, name):
    """Channels per beat of a port."""
    return getattr(component, name).p.data.shape().length
