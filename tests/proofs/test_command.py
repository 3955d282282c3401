"""``shiftconv prove``."""

import importlib.util
import json
import sys

import pytest

from shiftconv.flow import prove as flow
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from tests.cli.running import Shell


@pytest.fixture
def shell(monkeypatch, capsys):
    return Shell(monkeypatch, capsys)


def _false():
    bench = Bench(bound=2)
    bench.claim("never five", bench.free("x", 4) != 5)
    return bench


def test_proved_once(shell, tmp_path):
    call = ("prove", "quotient/0to135", "--work", tmp_path, "--jobs", "1", "--json", "-")
    first, again = shell(*call), shell(*call)
    assert (first.code, again.code) == (0, 0)
    assert first.json["proved"] == 1
    [proof] = first.json["proofs"]
    assert proof["status"] == "proved"
    assert {"name", "kind", "method", "cycles", "seconds"} <= set(proof)
    assert {"yosys", "bitwuzla"} <= set(first.json["tool_versions"])
    assert again.json["proofs"] == [proof]


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({}, False),
        ({"sources": "others"}, False),
        ({"sources": "others", "problem": "another"}, True),
    ],
)
def test_proved_again_if_the_problem_changed(tmp_path, change, again):
    path = tmp_path / "proofs.json"
    proofs = flow.select_proofs(["quotient/0to135"], every=False)
    flow.run_proofs(proofs, work=tmp_path, time_limit=60)
    content = json.loads(path.read_text())
    content["proofs"][0] |= {"seconds": -1, **change}
    path.write_text(json.dumps(content))
    [found] = flow.run_proofs(proofs, work=tmp_path, time_limit=60)
    assert (found["seconds"] > 0) == again
    assert [found] == json.loads(path.read_text())["proofs"]
    assert "others" not in found.values()


def test_proved_again_by_another_prover(tmp_path):
    path = tmp_path / "proofs.json"
    proofs = flow.select_proofs(["quotient/0to135"], every=False)
    [found] = flow.run_proofs(proofs, work=tmp_path, time_limit=60)
    path.write_text(json.dumps({"prover": "another", "proofs": [found | {"seconds": -1}]}))
    [found] = flow.run_proofs(proofs, work=tmp_path, time_limit=60)
    assert found["seconds"] > 0


def test_refuted(shell, tmp_path, monkeypatch):
    proofs = [Proof(name="stream/wrong:1", make=_false)]
    monkeypatch.setattr(flow, "select_proofs", lambda what, every: proofs)
    found = shell("prove", "--work", tmp_path, "--jobs", "1")
    assert found.code == 1
    assert "stream/wrong:1: refuted: never five" in found.out
    assert "cycle 0: x=0x5" in found.out
    assert (tmp_path / "stream.wrong1.vcd").exists()
    # What failed is tried again.
    assert json.loads((tmp_path / "proofs.json").read_text())["proofs"] == []


def test_several_processes(tmp_path):
    proofs = flow.select_proofs(["quotient", "stream/stream_buffer"], every=False)
    rows = flow.run_proofs(proofs, work=tmp_path, n_parallel=2, time_limit=60)
    assert [row["name"] for row in rows] == [proof.name for proof in proofs]
    assert {row["status"] for row in rows} == {"proved"}


def test_listed(shell):
    found = shell("prove", "stream/width_*", "--list")
    assert found.code == 0
    assert found.out.split()[0] == "stream/width_adapter/2to2"


def test_no_such_proof(shell):
    assert "There is no proof 'nothing'; proofs begin with" in shell.refused("prove", "nothing")


def test_no_solver(shell, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        sys.modules["shiftconv.cli.prove"],
        "find_spec",
        lambda name: None if name == "bitwuzla" else real(name),
    )
    found = shell("prove", "quotient")
    assert found.code == 1
    assert (
        found.err == "shiftconv: Proofs need the solver Bitwuzla: pip install 'shiftconv[prove]'\n"
    )
