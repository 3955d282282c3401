"""The command on a terminal, in a pipe, and in a shell that completes."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.shell_completion import BashComplete

from shiftconv.cli import cli
from tests.cli.networks import SHAPE

PROGRAM = Path(sys.executable).with_name("shiftconv")
COLOUR = re.compile(r"\x1b\[(\d+;)*(3\d|9\d)(;\d+)*m")


@pytest.fixture(scope="module")
def call(network_folder, tmp_path_factory):
    """A simulation of one image."""
    data = tmp_path_factory.mktemp("data") / "one.npz"
    np.savez(data, images=np.zeros((1, *SHAPE), np.uint8), labels=[0])
    words = ["simulate", network_folder, "--engine", "python", "--images", 1, "--data", data]
    return [sys.executable, "-m", "shiftconv", *map(str, words)]


def on_terminal(call, **env):
    """Exit code, and what a command shows on a terminal that knows colours."""
    ours, theirs = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        call, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", **env},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    # Linux answers with an error when nobody holds the other end any more.
    try:
        while some := os.read(ours, 1 << 16):
            shown += some
    except OSError:
        pass
    os.close(ours)
    return process.wait(), shown.decode()


def test_a_bar_and_colours_on_a_terminal(call):
    code, shown = on_terminal(call)
    assert code == 0
    assert "Simulating: simulating" in shown
    assert COLOUR.search(shown)


def test_no_colours_where_none_are_wanted(call):
    code, shown = on_terminal(call, NO_COLOR="1")
    assert code == 0
    assert "Simulating: simulating" in shown
    assert not COLOUR.search(shown)


def test_quiet(call):
    assert on_terminal([*call, "--quiet"]) == (0, "")


def test_neither_in_a_pipe(call):
    done = subprocess.run(call, capture_output=True, check=True)
    assert b"every value equals" in done.stdout
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (["re"], {"report", "recipes"}),
        (["synth", "--device", "ec"], {"ecp5"}),
        (["generate", "lenet5", "--board", "ulx3s_8"], {"ulx3s_85f"}),
        (["plan", "le"], {"lenet5"}),
        (["quantize", "lenet5", "--scheme", "clip"], {"clip-q"}),
        (["simulate", "build/it", "--eng"], {"--engine"}),
        (["simulate", "build/it", "--engine", "c"], {"compiled"}),
        (["compare", "--fill", "zc"], {"zcu102"}),
    ],
)
def test_what_completion_offers(words, offers):
    complete = BashComplete(cli, {}, "shiftconv", "_SHIFTCONV_COMPLETE")
    *before, last = words
    assert offers <= {item.value for item in complete.get_completions(before, last)}


def test_completion_of_folders_and_files():
    complete = BashComplete(cli, {}, "shiftconv", "_SHIFTCONV_COMPLETE")
    for words, kind in ((["synth"], "dir"), (["evaluate"], "file")):
        assert [item.type for item in complete.get_completions(words, "./")] == [kind]


@pytest.mark.skipif(not PROGRAM.exists(), reason="shiftconv is not installed as a command")
def test_bash_completes():
    """The very lines of the README, in a real shell."""
    script = (
        f'PATH="{PROGRAM.parent}:$PATH"\n'
        'eval "$(_SHIFTCONV_COMPLETE=bash_source shiftconv)"\n'
        "COMP_WORDS=(shiftconv pnr build/it --board ulx3s_8); COMP_CWORD=4\n"
        "_shiftconv_completion shiftconv\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "ulx3s_85f\n"
