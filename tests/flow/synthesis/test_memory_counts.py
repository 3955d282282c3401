"""Block memories of whole designs: as many as the plan says."""

import pytest

from boards import BOARDS, FAMILIES
from quant import zoo
from shiftconv.flow.generate import generate_network
from shiftconv.flow.synthesis.synthesize import RECIPES, synthesize
from shiftconv.plan import Prices
from shiftconv.wishes import Wishes
from tests.networks import sliced


def check(network, board, work, *, max_cycles, until=""):
    """Planned against synthesized, the synthesis ended before a step of the recipe."""
    plan = Wishes(max_cycles=max_cycles).best_plan(network, board).plan
    manifest = generate_network(plan, work / "design", board=board)
    area = synthesize(
        manifest.verilog(work / "design"),
        top=manifest.name,
        family=board.family,
        work=work / "synth",
        recipe=[f"{RECIPES[board.family]} -top {{top}}{until}"],
    ).area
    assert plan.area.bram > 0
    assert (area.bram, area.big_ram) == (plan.area.bram, plan.area.big_ram)


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(family, marks=pytest.mark.slow if family in ("xc7", "nexus") else ())
        for family in FAMILIES
    ],
)
def test_small_network(family, tmp_path, rng, monkeypatch):
    """Blocks that are worth next to nothing, so that there are many."""
    monkeypatch.setattr(Wishes, "prices_on", lambda self, board: Prices(bram=5, big_ram=50))
    board = max(
        (board for board in BOARDS.values() if board.family == family),
        key=lambda board: board.resources.bram,
    )
    check(sliced(rng), board, tmp_path, max_cycles=200, until=" -run :map_ffram")


@pytest.mark.slow
@pytest.mark.parametrize("max_cycles", [1000, 3000, 10_000])
@pytest.mark.parametrize("board", ["ulx3s_85f", "zcu102", "tang_nano_20k", "icebreaker"])
def test_lenet5(board, max_cycles, tmp_path):
    network = zoo.load_quantized("lenet5", scheme="gsnq", bits=4, act_width=8)
    check(network, BOARDS[board], tmp_path, max_cycles=max_cycles)
