"""What commands leave in a build folder, and what counts of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from shiftconv.flow.generate import generate_network
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.results import keep_result, kept_results
from shiftconv.flow.sample_store import Samples, keep_samples, kept_samples
from shiftconv.plan import make_plan
from tests.cli.networks import small_network

MANIFEST = Manifest(
    name="it", kind="network", digest="a1", files=[], ports={}, parameters={}, board=None,
    cycles_per_frame=1, latency_cycles=1, macs_per_frame=1, lanes=1, memory_bits=1, layers=[],
    tool_versions={},
)  # fmt: skip
OTHER = replace(MANIFEST, digest="b2")


def test_results_of_this_design_count(tmp_path):
    keep_result(tmp_path, MANIFEST, "synth.zcu102", {"lut": 7})
    keep_result(tmp_path, MANIFEST, "diff", {"values": 3})
    keep_result(tmp_path, MANIFEST, "diff", {"values": 4})
    assert kept_results(tmp_path, MANIFEST) == {
        "diff": {"digest": "a1", "values": 4},
        "synth.zcu102": {"digest": "a1", "lut": 7},
    }
    assert kept_results(tmp_path, OTHER) == {}


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"values": 3}', "\xff"])
def test_what_is_damaged_does_not_count(tmp_path, text):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "diff.json").write_bytes(text.encode("latin-1"))
    assert kept_results(tmp_path, MANIFEST) == {}


def test_samples(tmp_path):
    samples = Samples(
        images=np.zeros((2, 3, 3, 1), np.uint8),
        labels=np.array([0, 1]),
        simulated=np.arange(8).reshape(2, 4),
        golden=np.arange(8, 16).reshape(2, 4),
    )
    assert kept_samples(tmp_path, MANIFEST) is None
    keep_samples(tmp_path, MANIFEST, samples)
    found = kept_samples(tmp_path, MANIFEST)
    for name, array in vars(samples).items():
        assert (getattr(found, name) == array).all()
    assert kept_samples(tmp_path, OTHER) is None
    path = tmp_path / "results" / "samples.npz"
    path.write_bytes(path.read_bytes()[:-40])
    assert kept_samples(tmp_path, MANIFEST) is None


def test_a_design_generated_again_keeps_its_results(tmp_path):
    plan, folder = make_plan(small_network()), tmp_path / "small"
    manifest = generate_network(plan, folder)
    keep_result(folder, manifest, "diff", {"values": 3})
    assert "diff" in kept_results(folder, generate_network(plan, folder))
    faster = generate_network(make_plan(small_network(), max_cycles=200), folder)
    assert kept_results(folder, faster) == {}
    assert json.loads((folder / "results" / "diff.json").read_text())["digest"] == manifest.digest
