"""Contract of the stages: every layer kind has one, and it does what it says."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import rtlil

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.layers import LAYERS
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample
from shiftconv.gateware.beat import in_names, n_beats
from shiftconv.gateware.family import FamilyPlatform
from shiftconv.gateware.memory_area import sensible_kinds
from shiftconv.gateware.memory_kind import style_of
from shiftconv.stages import STAGES, useful_parallelisms
from tests.gateware.layers import check_component, random_conv, random_dense, random_depthwise

UNSIGNED, SIGNED = ActFormat(4, 0, signed=False), ActFormat(5, 0, signed=True)
FINE = ActFormat(6, 2, signed=True)
LOGIC = (("rom_style", "logic"),)

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
    "depthwise_conv2d": {
        "padded": lambda rng: random_depthwise(
            rng, in_shape=(3, 3, 3), kernel=(3, 3), padding=(1, 1, 1, 1),
            codebook=PowerOfTwo(2), fmt=UNSIGNED, out_format=SIGNED,
        ),
        "strided": lambda rng: random_depthwise(
            rng, in_shape=(4, 5, 4), kernel=(2, 3), stride=(2, 1),
            codebook=TwosComplement(4), fmt=SIGNED,
        ),
        "pixels": lambda rng: random_depthwise(
            rng, in_shape=(2, 2, 5), kernel=(1, 1), codebook=PowerOfTwo(0), fmt=SIGNED
        ),
    },
    "average_pool": {
        "usual": lambda rng: AveragePool(
            in_shape=(4, 4, 3), in_format=SIGNED, kernel=(2, 2), stride=(2, 2)
        ),
        "padded": lambda rng: AveragePool(
            in_shape=(3, 4, 2), in_format=UNSIGNED, kernel=(3, 3), padding=(1, 1, 1, 1)
        ),
        "padding counts": lambda rng: AveragePool(
            in_shape=(3, 4, 2), in_format=SIGNED, kernel=(3, 2), padding=(1, 0, 1, 1),
            count_include_pad=True,
        ),
    },
    "global_average_pool": {
        "square": lambda rng: GlobalAveragePool(in_shape=(2, 2, 5), in_format=SIGNED),
        "oblong": lambda rng: GlobalAveragePool(in_shape=(3, 2, 3), in_format=UNSIGNED),
        "pixel": lambda rng: GlobalAveragePool(in_shape=(1, 1, 4), in_format=SIGNED),
    },
    "add": {
        "equals": lambda rng: Add(
            in_shape=(2, 3, 5), in_format=UNSIGNED, others=(((2, 3, 5), UNSIGNED),),
            out_format=UNSIGNED,
        ),
        "three": lambda rng: Add(
            in_shape=(3, 2, 3), in_format=SIGNED,
            others=(((3, 2, 3), FINE), ((3, 2, 3), UNSIGNED)), out_format=UNSIGNED,
        ),
    },
    "concat": {
        "equals": lambda rng: Concat(
            in_shape=(2, 3, 4), in_format=UNSIGNED, others=(((2, 3, 6), UNSIGNED),),
            out_format=UNSIGNED,
        ),
        "three": lambda rng: Concat(
            in_shape=(2, 2, 3), in_format=FINE,
            others=(((2, 2, 9), SIGNED), ((2, 2, 6), UNSIGNED)), out_format=SIGNED,
        ),
    },
    "channel_slice": {
        "first": lambda rng: ChannelSlice(in_shape=(2, 3, 5), in_format=SIGNED, start=0, stop=2),
        "middle": lambda rng: ChannelSlice(in_shape=(2, 2, 8), in_format=SIGNED, start=2, stop=6),
        "last": lambda rng: ChannelSlice(in_shape=(3, 2, 7), in_format=UNSIGNED, start=4, stop=7),
    },
    "look_up": {
        "common": lambda rng: LookUp(
            in_shape=(2, 3, 3), in_format=SIGNED, out_format=UNSIGNED,
            table=rng.integers(0, 16, 32), function="any",
        ),
        "of each channel": lambda rng: LookUp(
            in_shape=(2, 2, 5), in_format=SIGNED, out_format=FINE,
            table=rng.integers(-32, 32, (5, 32)), function="any",
        ),
    },
    "upsample": {
        "twice": lambda rng: Upsample(in_shape=(3, 3, 3), in_format=SIGNED),
        "row": lambda rng: Upsample(in_shape=(1, 2, 5), in_format=UNSIGNED, factor=3),
        "pixel": lambda rng: Upsample(in_shape=(1, 1, 2), in_format=SIGNED, factor=4),
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
        for name in in_names(len(stage.layer.inputs)):
            assert getattr(component, name).p.data.shape().length == stage.in_par
        assert component.o.p.data.shape().length == stage.out_par
        recording = check_component(component, stage.layer, stage.cycles, rng=rng, stall=0.0)
        _check_times(stage, recording)


def _check_times(stage, recording, n_frames=4):
    """Each beat leaves when it is said to, given when it was offered."""
    counts = [
        height * width * n_beats(channels, stage.in_par)
        for (height, width, channels), _ in stage.layer.inputs
    ]
    # What comes behind the last output, no one has seen.
    given = np.zeros(n_frames * counts[0], int)
    given[: len(recording.input_cycles)] = recording.input_cycles
    given = given.reshape(n_frames, -1)
    # Where there are several inputs, each beat is there as soon as the one before it is taken.
    offers = [given] if len(counts) == 1 else [np.ones((n_frames, n), int) for n in counts]
    assert np.array_equal(stage.takes(offers)[0], given)
    found = np.array(recording.cycles).reshape(n_frames, -1)
    assert np.array_equal(stage.departures(offers), found)


def test_some_foldings_under_stalls(stages, rng):
    for stage in stages[:: max(1, len(stages) // 3)]:
        check_component(stage.component(), stage.layer, stage.cycles, rng=rng, stall=0.5)


def test_memories_are_those_of_the_component(stages):
    for stage in stages[::2]:
        text = rtlil.convert(stage.component(), name="stage")
        found = Counter()
        for module in text.split("\nend\n"):
            for width, size, name in re.findall(r"memory width (\d+) size (\d+) (\S+)", module):
                cells = re.findall(r"cell (\$mem\w+)[^\n]*\n\s*parameter \\MEMID (\S+)", module)
                writes = ("$memwr_v2", f'"\\{name}"') in cells
                found[int(size), int(width), not writes] += 1
        wanted = Counter()
        for memory in stage.memories:
            wanted[memory.depth, memory.width, memory.fixed] += memory.count
        assert found == wanted
        assert stage.memory_bits == sum(memory.bits for memory in stage.memories)


def _styles(component, family):
    """Size and style of each memory; depth alone of fixed ones that are made of look-up tables."""
    platform = FamilyPlatform(family) if family else None
    text = rtlil.convert(component, name="stage", platform=platform)
    found = Counter()
    for attributes, width, depth in re.findall(
        r"^((?:  attribute [^\n]*\n)*)  memory width (\d+) size (\d+)", text, re.MULTILINE
    ):
        style = tuple(re.findall(r'attribute \\(r[oa]m_style) "(\w+)"', attributes))
        found[(int(depth),) if style == LOGIC else (int(depth), int(width), style)] += 1
    tables = re.findall(r"cell \\shiftconv_rom .*?parameter \\DEPTH (\d+)", text, re.DOTALL)
    found.update((int(depth),) for depth in tables)
    return found


@pytest.mark.parametrize("family", [None, "xcup"])
def test_memories_are_made_as_the_stage_says(stages, family, rng):
    for stage in stages[::12]:
        stage = replace(stage, target=replace(stage.target, family=family))
        if family is not None:
            options = [sensible_kinds(shape, family) for shape in stage.memories]
            kinds = [str(rng.choice(some)) for some in options]
            stage = replace(stage, kinds=tuple(kinds))
            assert list(stage.memory_kinds.values()) == kinds
        wanted = Counter()
        changing = {memory.name for memory in stage.kept_memories if memory.width}
        for memory in stage.memories:
            style = style_of(stage.memory_kinds.get(memory.name), family, fixed=memory.fixed)
            style = tuple(style.items())
            made = (memory.depth,) if style == LOGIC else (memory.depth, memory.width, style)
            if style != LOGIC or memory.name in changing:
                wanted[made] += memory.count
        assert _styles(stage.component(), family) == wanted


def test_memories_without_what_never_changes(stages):
    for stage in stages[::3]:
        kept, all_of_them = stage.kept_memories, stage.memories
        assert {memory.name for memory in kept} == {memory.name for memory in all_of_them}
        assert sum(memory.bits for memory in kept) <= stage.memory_bits
        assert [m for m in kept if not m.fixed] == [m for m in all_of_them if not m.fixed]


def test_foldings_differ_and_name_their_work(stages):
    assert len({stage.folding for stage in stages}) == len(stages)
    for stage in stages:
        assert isinstance(stage.folding, stage.folding_type)
        assert stage.folds
        assert len(stage.needs) in (1, stage.layer.out_shape[0])


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
