"""The command export."""

import pytest

from shiftconv.flow.export.kinds import EXPORTS


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_kind(shell, network_folder, tmp_path, kind):
    board = ["--board", "zcu102"] if kind == "vivado" else []
    call = ["export", network_folder, "--to", kind, *board, "-o", tmp_path / "out", "--json", "-"]
    outcome = shell(*call)
    assert outcome.code == 0, outcome.err
    written = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")}
    assert written == set(outcome.json["files"])


def test_folder_by_default(shell, network_folder):
    assert shell("export", network_folder, "--to", "axi").code == 0
    assert (network_folder / "export" / "axi" / "small__axi.v").exists()


def test_weights_of_a_component_become_registers(shell, conv_folder, tmp_path):
    assert shell("export", conv_folder, "--to", "axi", "-o", tmp_path / "out").code == 0
    table = (tmp_path / "out" / "conv_registers.md").read_text()
    assert "| 0x60 | WEIGHTS | wo |" in table
    assert "s_axis_weights" not in (tmp_path / "out" / "conv_axi.v").read_text().split(");")[0]


def test_wrong_calls(shell, network_folder, tmp_path):
    assert "Give --to" in shell.refused("export", network_folder)
    sentence = shell.refused("export", network_folder, "--board", "icebreaker")
    assert "one of zcu102, kv260, pynq_z2, not icebreaker" in sentence
    assert "There is no build folder" in shell.refused("export", tmp_path / "none", "--to", "axi")
