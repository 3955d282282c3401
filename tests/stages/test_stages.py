"""Contract of the stages: every layer kind has one, and it does what it says."""

import re

import pytest
from amaranth.back import rtlil

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.layers import LAYERS
from quant.layers.max_pool import MaxPool
from shiftconv.stages import STAGES, useful_parallelisms
from tests.gateware.layers import check_component, random_conv, random_dense

UNSIGNED, SIGNED = ActFormat(4, 0, signed=False), ActFormat(5, 0, signed=True)

# Small layers of every kind; all the foldings of each are built.
EXAMPLES = {
    "conv2d": {
        "padded": lambda rng: random_conv(
            rng, in_shape=(3, 3, 3), c_out=2, kernel=(2, 2), padding=(1, 0, 0, 1),
            codebook=PowerOfTwo(2), fmt=UNSIGNED, out_format=SIGNED,
        ),
        "strided": lambda rng: random_conv(
            rng, in_shape=(4, 3, 2), c_out=3, kernel=(2, 1), stride=(2, 2),
            codebook=TwosComplement(4), fmt=SIGNED,
        ),
    },
    "dense": {
        "image": lambda rng: random_dense(
            rng, in_shape=(2, 2, 3), c_out=4, codebook=PowerOfTwo(3), fmt=UNSIGNED
        ),
        "binary": lambda rng: random_dense(
            rng, in_shape=(2, 1, 3), c_out=3, codebook=PowerOfTwo(0), fmt=SIGNED
        ),
        "vector": lambda rng: random_dense(
            rng, in_shape=(1, 1, 7), c_out=2, codebook=PowerOfTwo(1), fmt=SIGNED
        ),
    },
    "max_pool": {
        "usual": lambda rng: MaxPool(
            in_shape=(4, 4, 3), in_format=SIGNED, kernel=(2, 2), stride=(2, 2)
        ),
        "overlapping": lambda rng: MaxPool(
            in_shape=(3, 4, 2), in_format=UNSIGNED, kernel=(3, 2), padding=(1, 0, 1, 1)
        ),
    },
}  # fmt: skip
CASES = [(kind, name) for kind, layers in EXAMPLES.items() for name in layers]


@pytest.fixture(params=CASES, ids="-".join)
def stages(request, rng):
    """A stage for each folding of a layer."""
    kind, name = request.param
    layer = EXAMPLES[kind][name](rng)
    return [STAGES[kind](name, layer, folding) for folding in STAGES[kind].foldings(layer)]


def test_every_layer_kind_has_a_stage_and_examples():
    assert set(STAGES) == set(LAYERS) == set(EXAMPLES)
    assert all(kind == stage.kind for kind, stage in STAGES.items())


def test_every_folding_gives_golden_frames_on_time(stages, rng):
    for stage in stages:
        component = stage.component()
        assert component.i.p.data.shape().length == stage.in_par
        assert component.o.p.data.shape().length == stage.out_par
        check_component(component, stage.layer, stage.cycles, rng=rng, stall=0.0)


def test_some_foldings_under_stalls(stages, rng):
    for stage in stages[:: max(1, len(stages) // 3)]:
        check_component(stage.component(), stage.layer, stage.cycles, rng=rng, stall=0.5)


def test_memory_bits_are_those_of_the_memories(stages):
    for stage in stages[::2]:
        text = rtlil.convert(stage.component(), name="stage")
        memories = re.findall(r"memory width (\d+) size (\d+)", text)
        assert stage.memory_bits == sum(int(width) * int(size) for width, size in memories)


def test_foldings_differ_and_name_their_work(stages):
    assert len({stage.folding for stage in stages}) == len(stages)
    for stage in stages:
        assert isinstance(stage.folding, stage.folding_type)
        assert stage.folds
        assert len(stage.needs) in (1, stage.layer.out_shape[0])
        assert stage.cost > 0


def test_fewer_cycles_take_more_lanes(rng):
    layer = EXAMPLES["conv2d"]["padded"](rng)
    stages = [STAGES["conv2d"]("conv", layer, f) for f in STAGES["conv2d"].foldings(layer)]
    slowest, fastest = max(stages, key=lambda s: s.cycles), min(stages, key=lambda s: s.cycles)
    assert (slowest.lanes, slowest.cycles) == (1, layer.macs)
    assert fastest.cycles == 9
    assert fastest.lanes * 9 >= layer.macs


@pytest.mark.parametrize(
    ("channels", "parallelisms"), [(1, [1]), (6, [1, 2, 3, 6]), (7, [1, 2, 3, 4, 7])]
)
def test_useful_parallelisms(channels, parallelisms):
    assert useful_parallelisms(channels) == parallelisms
