"""A network with six faults that can be switched on, and the places that must be named."""

import dataclasses
import json
import re

import numpy as np
import pytest
from vcd.reader import TokenKind, tokenize

from quant.network import INPUT, Network, Node
from shiftconv.accelerator import Accelerator
from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.diff.diff import diff_network
from shiftconv.flow.diff.taps import checkpoints_of, tapped
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.flow.manifest import MANIFEST, Manifest, ManifestError, digest_of
from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.packing import pack_codes
from shiftconv.plan import make_plan
from tests.networks import residual, vectors

# Module, what stands there, what stands there instead; {} is whether the fault is switched on.
FAULTS = {
    "shifter": (
        "b.array.svpe0.dot_product.lane0",
        r"<< (\S+ \[[\d:]+\])",
        r"<< ({} && \1 == 2 ? 2'd1 : \1)",
    ),
    "stuck": (
        "stem.output.epilogue.requantize0",
        r"o__payload <= (\S+ \[3:0\])",
        r"o__payload <= \1 | ({} ? 4'd4 : 4'd0)",
    ),
    "late": (
        "second.requantize0",
        r"o__payload <= (\S+ \[7:0\])",
        r"o__payload <= \1 ^ ({} ? 8'd32 : 8'd0)",
    ),
    "queue": (
        "queue_first",
        r"memory\[write__addr\] <= write__data;",
        r"memory[write__addr] <= write__data ^ ({} ? 5'd2 : 5'd0);",
    ),
    "sum": ("first", r"(\$signed\({ 1'h0, \S+  }\)) \+ ", r"\1 + ({} ? 7'sd4 : 7'sd0) + "),
    "hang": (
        "c.output.epilogue.requantize0",
        r"assign advance = (.*);",
        r"assign advance = {} && shifted[0] ? 1'b0 : \1;",
    ),
    "swallow": (
        "c.output.epilogue.requantize0",
        r"o__valid <= valid;",
        r"o__valid <= valid && !{};",
    ),
}


@pytest.fixture(scope="module")
def plan():
    return make_plan(residual(np.random.default_rng(262)))


@pytest.fixture(scope="module")
def images(plan):
    """Pixels that become every activation of the network's input."""
    rng = np.random.default_rng(1)
    act = rng.integers(0, 2**plan.network.in_format.width, (4, *plan.network.in_shape))
    return plan.network.in_format.dequantize(act)


@pytest.fixture(scope="module")
def golden(plan, images):
    act = plan.network.in_format.quantize(images)
    return {INPUT: act, **plan.network.trace(act)}


def with_levels(network, name, levels):
    """The network with other weights in one layer."""

    def changed(node):
        layer = node.layer if node.name != name else dataclasses.replace(node.layer, levels=levels)
        return Node(node.name, layer, node.inputs)

    return Network(network.name, tuple(map(changed, network.nodes)))


def other_weight(plan):
    """Levels of ``a`` with one weight changed, and the word of its memory where that shows."""
    stage = plan.by_name["a"]
    layer = stage.layer
    levels = layer.levels.copy()
    levels[0, 0, 1, 2] = 2 if levels[0, 0, 1, 2] != 2 else -1
    before, after = (
        pack_codes(each, layer.codebook, stage.folding, layer.geometry)
        for each in (layer.levels, levels)
    )
    (word,) = (n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
    return levels, word, after[word]


def put(text, module, old, new):
    """Put something in the one place of a module where it fits."""
    body = re.search(rf"^module \\residual\.core\.{module} \(.*?^endmodule", text, re.M | re.S)
    changed, n = re.subn(old, new, body[0])
    assert n == 1, (module, old, n)
    return text.replace(body[0], changed)


@pytest.fixture(scope="module")
def folder(plan, tmp_path_factory):
    """Build folder of the network; each fault is there when a plusarg of its name is."""
    folder = tmp_path_factory.mktemp("diff") / "residual"
    manifest = generate_network(plan, folder)
    text = manifest.verilog(folder).read_text()
    for name, (module, old, new) in FAULTS.items():
        text = put(text, re.escape(module), old, new.replace("{}", f'$test$plusargs("{name}")'))
    _, word, code = other_weight(plan)
    line = rf"( memory\[{word}\] = .*;)"
    fault = rf'\1 if ($test$plusargs("weight")) memory[{word}] = {code};'
    text = put(text, r"a\.weights\.memory", line, fault)
    manifest.verilog(folder).write_text(text)
    entries = json.loads((folder / MANIFEST).read_text()) | {"digest": digest_of(text)}
    (folder / MANIFEST).write_text(json.dumps(entries))
    return folder


def diff(folder, images, *faults, **how):
    waves = how.pop("waves", folder / "diff.vcd")
    plusargs = dict.fromkeys(faults, "on")
    return diff_network(
        folder, Manifest.read(folder), images, waves=waves, plusargs=plusargs, **how
    )


def check(finding, layer, expected, found):
    """The finding must be the first value of a layer that differs, counted by hand."""
    assert (finding.layer, finding.place) == (layer, "output")
    assert finding.mismatched_values == (expected != found).sum() > 0
    assert finding.values == expected.size
    frame, row, column, channel = np.argwhere(expected != found)[0]
    place = finding.frame, finding.row, finding.column, finding.channel
    assert place == (frame, row, column, channel)
    values = int(expected[frame, row, column, channel]), int(found[frame, row, column, channel])
    assert (finding.expected, finding.found) == values
    (lowest, *_) = (bit for bit in range(16) if (values[0] ^ values[1]) >> bit & 1)
    assert finding.bit == lowest


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_nothing_differs(folder, images, plan, stall):
    result = diff(folder, images, stall_in=stall, stall_out=stall)
    assert result.finding is None
    assert result.waves is None
    # The input, eight inputs and six outputs of layers, the output.
    assert result.places == 1 + 8 + 6 + 1
    assert not (folder / "diff.vcd").exists()


def test_weight(folder, images, plan, golden):
    levels, _, _ = other_weight(plan)
    wrong = with_levels(plan.network, "a", levels).trace(golden[INPUT])["a"]
    check(diff(folder, images, "weight").finding, "a", golden["a"], wrong)


def test_shifter(folder, images, plan, golden):
    levels = plan.by_name["b"].layer.levels
    halved = np.where(np.abs(levels) == 2, levels // 2, levels)
    wrong = with_levels(plan.network, "b", halved).trace(golden[INPUT])["b"]
    finding = diff(folder, images, "shifter").finding
    check(finding, "b", golden["b"], wrong)
    # What the value is made of gives the value; None is padding.
    (window,) = finding.windows
    assert (window.source, window.weights) == ("a", levels[..., finding.channel].tolist())
    assert window.first == (finding.row - 1, finding.column - 1, 0)
    acts = np.array(window.activations, float)
    padded = np.pad(golden["a"][finding.frame].astype(float), 1, constant_values=np.nan)
    around = padded[finding.row :, finding.column :, 1:-1][:3, :3]
    assert np.array_equal(acts, around, equal_nan=True)
    total = np.nansum(acts * np.array(window.weights)) + finding.bias
    assert finding.expected == np.clip(np.rint(total * 2.0**-finding.shift), -16, 15)


def test_stuck_bit(folder, images, golden):
    finding = diff(folder, images, "stuck").finding
    check(finding, "stem", golden["stem"], golden["stem"] | 4)
    assert finding.bit == 2


def test_last_layer(folder, images, golden):
    finding = diff(folder, images, "late").finding
    check(finding, "second", golden["second"], golden["second"] ^ 32)
    assert [window.source for window in finding.windows] == ["c", "first"]
    assert finding.windows[0].weights is None


def test_sum_at_a_join(folder, images, plan, golden):
    # Four half steps more before the sum is halved, rounded and clamped.
    total = 2 * golden["stem"] + golden["b"] + 4
    wrong = np.clip(np.rint(total / 2), 0, 15).astype(int)
    check(diff(folder, images, "sum").finding, "first", golden["first"], wrong)


def test_queue_before_a_join(folder, images, golden):
    finding = diff(folder, images, "queue").finding
    assert (finding.layer, finding.place) == ("first", "input 0, from stem")
    assert (finding.frame, finding.row, finding.column, finding.channel) == (0, 0, 0, 0)
    assert finding.found == finding.expected ^ 2 == golden["stem"][0, 0, 0, 0] ^ 2
    assert finding.bit == 1
    assert finding.windows == ()


@pytest.mark.parametrize("fault", ["hang", "swallow"])
def test_layer_that_holds_everything_up(folder, images, golden, fault):
    finding = diff(folder, images, fault).finding
    assert (finding.layer, finding.place) == ("c", "output")
    assert finding.found is finding.bit is None
    assert re.fullmatch(r"no more beats: \d+ of 160", finding.what)


def test_waves_show_the_difference(folder, images, golden, tmp_path):
    waves = tmp_path / "waves" / "here.vcd"
    result = diff(folder, images, "stuck", waves=waves, around=20)
    assert result.waves == str(waves)
    finding = result.finding
    scope, names, now, at_cycle, times = [], {}, {}, {}, []
    with waves.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scope.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scope.pop()
            elif token.kind is TokenKind.VAR:
                names[".".join([*scope, token.var.reference])] = token.var.id_code
            elif token.kind is TokenKind.CHANGE_TIME:
                times.append(token.time_change)
            elif token.kind in (TokenKind.CHANGE_VECTOR, TokenKind.CHANGE_SCALAR):
                change = token.data if hasattr(token, "data") else token
                now[change.id_code] = change.value
            # Two edges a cycle, four cycles of reset; what the rising edge sees.
            if times and times[-1] == 2 * (finding.cycle + 4):
                at_cycle = dict(now)
    assert times[0] == 2 * (finding.cycle - 20 + 4)
    assert times[-1] == 2 * (finding.cycle + 20 + 4) + 1
    (root,) = {name.split(".taps.")[0] for name in names if ".taps." in name}

    def value(name):
        return int(at_cycle[names[f"{root}.taps.{name}"]])

    assert value("cycle") == finding.cycle
    assert value("stem_o_value_0") == finding.found
    place = [value(f"stem_o_{name}") for name in ("frame", "pixel", "channel")]
    assert place == [finding.frame, finding.row * 4 + finding.column, finding.channel]
    assert value("stem_o_valid") == value("stem_o_ready") == 1


def test_taps_cost_no_area(tmp_path):
    plan = make_plan(vectors(np.random.default_rng(0)))
    plain, with_taps = tmp_path / "plain.v", tmp_path / "tapped.v"
    text = emit_verilog(Accelerator(plan), name="top")
    plain.write_text(text)
    with_taps.write_text(tapped(text, "top", checkpoints_of(plan, text, "top")))
    assert with_taps.read_text().startswith(text)
    assert "dense0_o_payload" in with_taps.read_text()
    first, second = (
        synthesize(verilog, top="top", family="gowin", work=tmp_path)
        for verilog in (plain, with_taps)
    )
    assert first.cells == second.cells
    assert first.area == second.area


def test_components_have_no_layers(tmp_path):
    manifest = generate_component(PeDesign(lanes=2, folds=2), tmp_path / "pe", name="pe")
    with pytest.raises(ManifestError, match="holds a bare pe, not a network"):
        diff_network(tmp_path / "pe", manifest, np.zeros(1), waves=tmp_path / "diff.vcd")
