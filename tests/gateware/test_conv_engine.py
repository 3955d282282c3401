"""The convolution engine against the golden convolution, bit for bit and cycle for cycle."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.sim import Simulator

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.flow.simulation.stream_simulation import StreamError, simulate_streams
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.conv_engine import ConvEngine
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.gateware.folding import ConvFolding
from shiftconv.gateware.packing import pack_codes, pack_scales
from tests.gateware.images import beats_to_images, images_to_beats
from tests.gateware.layers import (
    check_component,
    conv_parameters,
    fixed_engine,
    random_conv,
    random_frames,
)

MODES = ["pixel", "column", "sliding", "whole"]

# Kernel side and, by name, padding on (top, left, bottom, right).
PADDINGS = {
    (1, "none"): (0, 0, 0, 0),
    (3, "none"): (0, 0, 0, 0),
    (3, "same"): (1, 1, 1, 1),
    (3, "asymmetric"): (0, 2, 1, 0),
    (5, "none"): (0, 0, 0, 0),
    (5, "same"): (2, 2, 2, 2),
    (5, "asymmetric"): (3, 0, 1, 4),
}
# Input and output channels and parallelisms, for kernels up to 3 and for larger ones: the larger
# the kernel, the longer the simulation of a lane takes, or the simulation of all cycles.
CHANNELS = {
    "pixel": [
        [(2, 3, 2, 2), (3, 1, 2, 1), (2, 2, 1, 2)],
        [(2, 1, 2, 1), (1, 3, 1, 3), (2, 2, 1, 2)],
    ],
    "column": [
        [(3, 2, 2, 1), (2, 3, 1, 2), (3, 3, 3, 3)],
        [(3, 1, 2, 1), (1, 3, 1, 2), (2, 2, 1, 2)],
    ],
    "sliding": [
        [(3, 2, 2, 2), (2, 3, 1, 3), (2, 1, 2, 1)],
        [(2, 1, 1, 1), (1, 2, 1, 2), (3, 1, 2, 1)],
    ],
    "whole": [
        [(2, 3, 2, 2), (3, 2, 2, 1), (2, 2, 1, 2)],
        [(2, 1, 2, 1), (1, 3, 1, 2), (1, 2, 1, 1)],
    ],
}


def _contract():
    """Every exponent width, activation width, kernel, stride and padding; mode, signs and
    parallelism take turns."""
    values = product(range(5), (4, 8, 16), (1, 2), PADDINGS)
    for n, (exponent_width, act_width, stride, (kernel, padding)) in enumerate(values):
        yield exponent_width, act_width, kernel, stride, padding, MODES[n % 4], n


CONTRACT = list(_contract())


@pytest.mark.parametrize(
    "case", CONTRACT, ids=lambda case: "e{}-a{}-k{}-s{}-{}-{}".format(*case[:6])
)
def test_contract(case, rng):
    exponent_width, act_width, kernel, stride, padding, mode, n = case
    c_in, c_out, in_par, out_par = CHANNELS[mode][kernel > 3][n % 3]
    top, left, bottom, right = PADDINGS[kernel, padding]
    # As small as two rows and columns of windows allow.
    shape = max(1, kernel - top - bottom + stride), max(1, kernel - left - right + stride)
    layer = random_conv(
        rng,
        in_shape=(*shape, c_in),
        c_out=c_out,
        kernel=(kernel, kernel),
        codebook=PowerOfTwo(exponent_width),
        fmt=ActFormat(act_width, 0, signed=n % 5 < 2),
        out_format=ActFormat(act_width, 0, signed=n % 3 == 0),
        stride=(stride, stride),
        padding=PADDINGS[kernel, padding],
    )
    engine = fixed_engine(layer, ConvFolding(mode=mode, in_par=in_par, out_par=out_par))
    cycles = engine.cycles_per_frame
    check_component(engine, layer, cycles, rng=rng, stall=0.0, then_stall=0.5)


@pytest.mark.parametrize("parameter", range(5))
def test_contract_pairs_every_value_with_every_mode(parameter):
    found = {(case[parameter], case[5]) for case in CONTRACT}
    assert found == set(product({case[parameter] for case in CONTRACT}, MODES))
    found_folds = {(case[5], case[6] % 3) for case in CONTRACT}
    assert found_folds == set(product(MODES, range(3)))


@pytest.mark.parametrize(
    ("in_shape", "c_out", "kernel", "stride", "padding", "mode", "pars"),
    [
        ((11, 12, 1), 1, (11, 11), (1, 1), (0, 0, 0, 0), "column", (1, 1)),
        ((3, 2, 1), 1, (11, 11), (4, 3), (10, 9, 8, 10), "column", (1, 1)),
        ((6, 5, 2), 3, (5, 2), (3, 1), (2, 0, 4, 1), "sliding", (2, 3)),
        ((5, 6, 2), 3, (2, 4), (1, 3), (0, 3, 1, 1), "whole", (1, 2)),
        ((7, 8, 3), 2, (1, 3), (4, 4), (0, 0, 0, 0), "pixel", (2, 2)),
        ((7, 7, 2), 2, (2, 2), (4, 3), (0, 0, 0, 0), "sliding", (1, 2)),
        ((1, 6, 3), 2, (1, 3), (1, 1), (0, 1, 0, 1), "column", (3, 1)),
        ((6, 1, 3), 2, (3, 1), (1, 1), (1, 0, 1, 0), "sliding", (2, 2)),
        ((1, 1, 20), 7, (1, 1), (1, 1), (0, 0, 0, 0), "pixel", (3, 2)),
        ((1, 1, 3), 5, (3, 3), (1, 1), (1, 1, 1, 1), "whole", (2, 4)),
        ((2, 7, 2), 3, (5, 5), (1, 1), (2, 2, 2, 2), "sliding", (2, 3)),
        ((7, 2, 2), 3, (5, 5), (1, 1), (2, 2, 2, 2), "sliding", (1, 3)),
    ],
    ids=str,
)
def test_unusual_shapes(in_shape, c_out, kernel, stride, padding, mode, pars, rng, stall):
    layer = random_conv(
        rng,
        in_shape=in_shape,
        c_out=c_out,
        kernel=kernel,
        codebook=PowerOfTwo(2),
        fmt=ActFormat(4, 0, signed=True),
        stride=stride,
        padding=padding,
    )
    engine = fixed_engine(layer, ConvFolding(mode=mode, in_par=pars[0], out_par=pars[1]))
    check_component(engine, layer, engine.cycles_per_frame, rng=rng, stall=stall)


def _small_conv(rng, codebook=None, c_out=3):
    return random_conv(
        rng,
        in_shape=(4, 4, 3),
        c_out=c_out,
        kernel=(3, 3),
        codebook=codebook or PowerOfTwo(2),
        fmt=ActFormat(6, 0, signed=False),
        padding=(1, 1, 1, 1),
    )


WIRED = {
    "pixel": ((1, 1), 3),
    "column": ((3, 1), 3),
    "sliding": ((3, 3), 3),
    "whole": ((3, 2), 1),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("exponent_width", [0, 2, 3])
def test_weights_as_wires(mode, exponent_width, rng, stall):
    kernel, in_par = WIRED[mode]
    layer = random_conv(
        rng,
        in_shape=(4, 5, 3),
        c_out=4,
        kernel=kernel,
        codebook=PowerOfTwo(exponent_width),
        fmt=ActFormat(6, 0, signed=mode == "sliding"),
        padding=(1, 0, 1, 1) if mode == "sliding" else (0, 0, 0, 0),
    )
    folding = ConvFolding(mode=mode, in_par=in_par, out_par=4)
    graph = AdderGraph.of_matrix(layer.levels.reshape(-1, 4), input_width=6)
    engine = fixed_engine(layer, folding, graph=graph)
    check_component(engine, layer, engine.cycles_per_frame, rng=rng, stall=stall)


def test_only_weights_that_never_change_are_wired_in(rng):
    layer = _small_conv(rng)
    graph = AdderGraph.of_matrix(layer.levels.reshape(-1, 3), input_width=6)
    message = "Only fixed weights that are all at work in every cycle"
    with pytest.raises(ValueError, match=message):
        fixed_engine(layer, ConvFolding(mode="pixel", in_par=2, out_par=1), graph=graph)
    with pytest.raises(ValueError, match=message):
        ConvEngine(
            conv_parameters(layer),
            folding=ConvFolding(mode="sliding", in_par=layer.in_shape[2], out_par=3),
            graph=graph,
        )


@pytest.mark.parametrize("mode", MODES)
def test_multiplier_engine(mode, rng, stall):
    layer = _small_conv(rng, TwosComplement(5))
    out_par = 3 if mode == "sliding" else 2
    engine = fixed_engine(layer, ConvFolding(mode=mode, in_par=2, out_par=out_par))
    check_component(engine, layer, engine.cycles_per_frame, rng=rng, stall=stall)


def _loads(layer, engine):
    """Transfers that load the layer's weights and scales."""
    p = engine.parameters
    codes, scales = engine.i_weights.payload.shape().width, engine.i_scales.payload.shape().width
    words = pack_codes(layer.levels, layer.codebook, engine.folding, p.geometry)
    scale_words = pack_scales(
        layer.bias,
        layer.shift,
        acc_width=p.acc_width,
        shift_min=p.shift_min,
        shift_width=p.shift_width,
        par=engine.out_par,
    )
    return {
        "i_weights": [
            word >> n * codes & 2**codes - 1
            for word in words
            for n in range(engine.folding.out_par)
        ],
        "i_scales": [
            word >> n * scales & 2**scales - 1
            for word in scale_words
            for n in range(engine.out_par)
        ],
    }


@pytest.mark.parametrize("mode", MODES)
def test_weights_loaded_at_run_time(mode, rng, stall):
    layer = _small_conv(rng)
    folding = ConvFolding(mode=mode, in_par=2, out_par=3 if mode == "sliding" else 2)
    engine = ConvEngine(conv_parameters(layer), folding=folding)
    check_component(
        engine,
        layer,
        engine.cycles_per_frame,
        rng=rng,
        stall=stall,
        inputs=_loads(layer, engine),
    )


@pytest.mark.parametrize(
    ("n", "structure"),
    list(enumerate(name for name, k in DOT_PRODUCTS.items() if k.lane == "svpe")),
)
def test_narrower_weights_loaded_at_run_time(n, structure, rng):
    """An engine of the largest exponent width runs layers of any other as they are stored."""
    narrow, wide = PowerOfTwo(n % 4), PowerOfTwo(4)
    if not DOT_PRODUCTS[structure].fits(wide):
        pytest.skip(f"{structure} does not take exponent width 4")
    layer = _small_conv(rng, narrow)
    folding = ConvFolding(mode="column", in_par=2, out_par=2)
    parameters = replace(conv_parameters(layer), codebook=wide)
    engine = ConvEngine(parameters, folding=folding, structure=structure)
    inputs = _loads(layer, engine)
    fields = ConvEngine(conv_parameters(layer), folding=folding)
    lanes = fields.i_weights.payload.shape().width // narrow.code_width
    codes = [
        [word >> k * narrow.code_width & 2**narrow.code_width - 1 for k in range(lanes)]
        for word in _loads(layer, fields)["i_weights"]
    ]
    inputs["i_weights"] = [
        sum(code << k * wide.code_width for k, code in enumerate(narrow.widened(row, 4).tolist()))
        for row in codes
    ]
    check_component(engine, layer, engine.cycles_per_frame, rng=rng, stall=0, inputs=inputs)


@pytest.mark.parametrize("mode", MODES)
def test_second_set_of_weights(mode, rng):
    """Frames before the second set see the first one, frames after it the second."""
    layers = [_small_conv(rng), _small_conv(rng)]
    shifts = np.concatenate([layer.shift for layer in layers])
    parameters = conv_parameters(
        layers[0],
        acc_width=max(layer.acc_width for layer in layers),
        shift_min=int(shifts.min()),
        shift_max=int(shifts.max()),
    )
    folding = ConvFolding(mode=mode, in_par=2, out_par=3 if mode == "sliding" else 2)
    engine = ConvEngine(parameters, folding=folding)
    frames = random_frames(rng, 2, layers[0].in_shape, layers[0].in_format)
    payloads = []

    async def send(ctx, port, bits):
        for value in bits:
            ctx.set(port.payload.as_value() if port is engine.i else port.payload, value)
            ctx.set(port.valid, 1)
            await ctx.tick().until(port.ready)
        ctx.set(port.valid, 0)

    async def bench(ctx):
        ctx.set(engine.o.ready, 1)
        for layer in layers:
            for name, bits in _loads(layer, engine).items():
                await send(ctx, getattr(engine, name), bits)
            for frame in frames:
                await send(ctx, engine.i, images_to_beats(frame[None], 6, 2))
            # The set of the next layer must arrive when no frame is under way.
            await ctx.tick().repeat(2 * engine.cycles_per_frame + 50)

    async def record(ctx):
        async for _, _, valid, bits in ctx.tick().sample(
            engine.o.valid, engine.o.payload.as_value()
        ):
            if valid:
                payloads.append(bits)

    simulator = Simulator(engine)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.add_testbench(record, background=True)
    simulator.run()
    found = beats_to_images(payloads, layers[0].out_shape, 6, engine.out_par, signed=False)
    golden = np.concatenate([layer.reference(frames) for layer in layers])
    assert np.array_equal(found, golden)


def test_nothing_leaves_before_all_weights_are_there(rng):
    layer = _small_conv(rng)
    engine = ConvEngine(
        conv_parameters(layer), folding=ConvFolding(mode="whole", in_par=3, out_par=2)
    )
    loads = _loads(layer, engine)
    beats = images_to_beats(random_frames(rng, 1, layer.in_shape, layer.in_format), 6, 3)
    for name in loads:
        incomplete = loads | {name: loads[name][:-1]}
        with pytest.raises(StreamError, match="nothing came out for 200 cycles after 0"):
            simulate_streams(engine, {"i": beats, **incomplete}, 1, watchdog=200)


def test_same_engine_same_text():
    texts = set()
    for _ in range(2):
        layer = _small_conv(np.random.default_rng(1))
        engine = fixed_engine(layer, ConvFolding(mode="sliding", in_par=2, out_par=3))
        texts.add(rtlil.convert(engine, name="engine"))
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("folding", "message"),
    [
        (("diagonal", 1, 1), "must be one of pixel, column, sliding, whole, not 'diagonal'"),
        (("pixel", 0, 1), "Input parallelism must be from 1 to 3, not 0"),
        (("pixel", 4, 1), "Input parallelism must be from 1 to 3, not 4"),
        (("whole", 1, 0), "Output parallelism must be from 1 to 2, not 0"),
        (("column", 1, 3), "Output parallelism must be from 1 to 2, not 3"),
        (("sliding", 1, 1), "passes once, so output parallelism must be 2, not 1"),
    ],
)
def test_wrong_foldings(folding, message, rng):
    mode, in_par, out_par = folding
    with pytest.raises(ValueError, match=message):
        fixed_engine(
            _small_conv(rng, c_out=2), ConvFolding(mode=mode, in_par=in_par, out_par=out_par)
        )
