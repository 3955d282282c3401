"""Networks of many weights: planned in little time and memory."""

import subprocess
import sys

import pytest

LARGE = """
import resource, numpy as np
from boards import find_board
from shiftconv.plan import ShortageError
from shiftconv.wishes import Wishes
from tests.quant import large_networks
board = find_board("zcu102")
network = large_networks.{name}(np.random.default_rng(0))
try:
    plan = Wishes(max_cycles=10_000_000).best_plan(network, board).plan
    print(plan.cycles_per_frame <= 10_000_000, plan.area.bram)
except ShortageError as shortage:
    print(shortage.brief)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("resnet18", "True 912"),
        ("vgg16", "lacks 1"),
    ],
)
def test_large_networks_are_planned_within_a_minute_and_8_gib(name, verdict):
    found = subprocess.run(
        [sys.executable, "-c", LARGE.format(name=name)], capture_output=True, text=True, timeout=60
    )
    assert not found.returncode, found.stderr
    sentence, gibibytes = found.stdout.split("\n")[:2]
    assert sentence.startswith(verdict)
    assert float(gibibytes) < 8
