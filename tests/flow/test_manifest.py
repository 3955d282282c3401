"""Build folders: written, read again, refused when damaged."""

import json
from dataclasses import replace

import pytest

from shiftconv.flow.component_designs.pe import PeDesign
from shiftconv.flow.generate import (
    generate_component,
    generate_network,
    module_name,
    read_plan,
)
from shiftconv.flow.manifest import MANIFEST, Manifest, ManifestError
from shiftconv.gateware.memory_kind import kinds_of
from shiftconv.plan import Plan, make_plan
from shiftconv.target import Target
from tests.networks import sliced


@pytest.fixture
def folder(tmp_path):
    generate_component(PeDesign(lanes=2), tmp_path / "svpe", name="svpe")
    return tmp_path / "svpe"


def test_read_gives_what_was_written(folder):
    manifest = Manifest.read(folder)
    assert manifest.kind == "pe"
    assert manifest.to_json() == (folder / MANIFEST).read_text()
    assert [field["name"] for field in manifest.ports["s_axis"]] == ["act", "code"]
    assert manifest.tdata_bytes("s_axis") == 4


def test_a_component_has_no_plan(folder):
    with pytest.raises(ManifestError, match="not a network"):
        read_plan(Manifest.read(folder), folder)


@pytest.mark.parametrize("family", [None, "xcup"])
def test_a_plan_comes_back_with_its_kinds_of_memories(family, tmp_path, rng):
    plan = make_plan(sliced(rng), target=Target(family=family))
    if family:
        others = [kinds_of(shape, family)[-1] for _, shape in plan.memories]
        assert others != plan.kinds
        plan = plan.with_kinds(others)
        assert plan.kinds == others
    folder = tmp_path / "network"
    manifest = generate_network(plan, folder)
    again = read_plan(Manifest.read(folder), folder)
    assert again.kinds == plan.kinds
    assert generate_network(again, tmp_path / "again").digest == manifest.digest
    if family:
        manifest.parameters["kinds"].pop()
        with pytest.raises(
            ManifestError, match=r"has \d+ kinds for \d+ memories; generate it again"
        ):
            read_plan(manifest, folder)


def test_a_plan_comes_back_with_its_structures(tmp_path, rng):
    """Of one layer another than suits the family best; wires are lanes elsewhere."""
    plan = make_plan(sliced(rng), target=Target(family="ecp5"))
    stages = [
        replace(stage, element=stage.other_elements[-1]) if stage.other_elements else stage
        for stage in plan.stages
    ]
    other = Plan(plan.network, tuple(stages))
    structures = [stage.structure for stage in stages]
    assert structures != [stage.structure for stage in plan.stages]
    manifest = generate_network(other, tmp_path / "network")
    again = read_plan(Manifest.read(tmp_path / "network"), tmp_path / "network")
    assert [stage.structure for stage in again.stages] == structures
    assert generate_network(again, tmp_path / "again").digest == manifest.digest


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / MANIFEST).unlink(), "no manifest.json"),
        (lambda folder: (folder / "svpe.v").unlink(), "no svpe.v"),
        (lambda folder: (folder / "svpe.v").write_text(""), "changed since"),
        (lambda folder: (folder / MANIFEST).write_text("{}"), "format None"),
        (lambda folder: (folder / MANIFEST).write_text("[1"), "damaged"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "damaged"),
        (lambda folder: _change(folder, digest=None, extra=1), "damaged"),
    ],
)
def test_damage_is_named(folder, damage, words):
    damage(folder)
    with pytest.raises(ManifestError, match=words):
        Manifest.read(folder)


def _change(folder, **values):
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_missing_folder(tmp_path):
    with pytest.raises(ManifestError, match="no build folder"):
        Manifest.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("lenet5", "lenet5"), ("a b", "a_b"), ("5x", "_5x"), ("", "network"), ("small", "small_")],
)
def test_module_names(name, identifier):
    assert module_name(name) == identifier
