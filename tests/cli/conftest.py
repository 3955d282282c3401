"""A shell for every test, and designs that several tests share."""

import pytest

from shiftconv.flow.component_designs.conv import ConvDesign
from shiftconv.flow.generate import generate_component, generate_network
from shiftconv.plan import make_plan
from tests.cli.networks import small_network
from tests.cli.running import Shell


@pytest.fixture
def shell(monkeypatch, capsys):
    return Shell(monkeypatch, capsys)


@pytest.fixture(scope="session")
def network_folder(tmp_path_factory):
    """Build folder of a small network, at its least area."""
    folder = tmp_path_factory.mktemp("design") / "small"
    generate_network(make_plan(small_network()), folder)
    return folder


@pytest.fixture(scope="session")
def conv_folder(tmp_path_factory):
    """Build folder of a small convolution engine."""
    folder = tmp_path_factory.mktemp("design") / "conv"
    design = ConvDesign(in_shape=(5, 5, 2), out_channels=3, in_par=2)
    generate_component(design, folder, name="conv")
    return folder
