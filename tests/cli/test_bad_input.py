"""Whatever is wrong: one sentence, the right exit code, nothing half-written."""

import errno
import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

from quant import zoo
from quant.onnx_io import write_quantized
from shiftconv.__main__ import main
from shiftconv.flow import files
from tests.cli.networks import small_network
from tests.quant.onnx_models import ChainFile


def float_onnx(path, *, op="Relu", weights=None, in_dims=(1, 8, 8)):
    """A convolution and one more node, called ``the_node``."""
    weights = np.ones((2, 1, 3, 3), np.float32) if weights is None else weights
    chain = ChainFile(path, in_dims).add("Conv", weights, name="the_conv")
    return chain.add(op, name="the_node").save()


def some_samples(folder, shape=(8, 8, 1)):
    """Calibration images, all zero."""
    path = folder / "samples.npz"
    np.savez(path, images=np.zeros((2, *shape), np.uint8))
    return path


def test_missing_model(shell, tmp_path):
    for command in ("check", "plan", "evaluate", "generate"):
        assert "no file nowhere.onnx" in shell.refused(command, "nowhere.onnx")
    sentence = shell.refused("quantize", "nowhere.onnx", "-o", tmp_path / "q.onnx")
    assert "lenet5" in sentence
    assert not list(tmp_path.iterdir())


def test_truncated_model(shell, tmp_path):
    path = tmp_path / "cut.onnx"
    path.write_bytes(zoo.float_path("lenet5").read_bytes()[:5000])
    assert "cut.onnx" in shell.refused("check", path)
    write_quantized(small_network(), path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "cut.onnx" in shell.refused("plan", path)


def test_unsupported_operator(shell, tmp_path):
    model = float_onnx(tmp_path / "m.onnx", op="Erf")
    outcome = shell("check", model)
    assert outcome.code == 1
    assert "refused" in outcome.out
    sentence = shell.refused(
        "quantize", model, "--calibrate", some_samples(tmp_path), "-o", tmp_path / "q.onnx"
    )
    assert "the_node" in sentence
    assert "Erf" in sentence
    assert not (tmp_path / "q.onnx").exists()


def test_shape_that_does_not_fit(shell, tmp_path):
    model = float_onnx(tmp_path / "m.onnx", in_dims=(3, 8, 8))
    sentence = shell.refused(
        "quantize", model, "--calibrate", some_samples(tmp_path), "-o", tmp_path / "q.onnx"
    )
    assert "m.onnx" in sentence
    assert "the_conv" in sentence or "channels" in sentence


def test_nan_weights(shell, tmp_path):
    model = float_onnx(tmp_path / "m.onnx", weights=np.full((2, 1, 3, 3), np.nan, np.float32))
    sentence = shell.refused(
        "quantize", model, "--calibrate", some_samples(tmp_path), "-o", tmp_path / "q.onnx"
    )
    assert "NaN" in sentence


def test_float_model_where_a_quantized_one_is_needed(shell):
    assert "shiftconv quantize" in shell.refused("generate", zoo.float_path("lenet5"))


def test_samples_of_the_wrong_shape(shell, tmp_path):
    samples = some_samples(tmp_path, (5, 5, 1))
    sentence = shell.refused(
        "quantize", zoo.float_path("lenet5"), "--calibrate", samples, "-o", tmp_path / "q.onnx"
    )
    assert "28" in sentence
    assert "5" in sentence


def test_unknown_board(shell):
    sentence = shell.refused("generate", "lenet5", "--board", "zcu103")
    assert "zcu102" in sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "svpe", "--exponent-width", "5"], "0<=x<=4"),
        (["generate", "svpe", "--act-width", "17"], "2 to 16"),
        (["generate", "svpe", "--lanes", "0"], "positive"),
        (["generate", "conv", "--kernel", "12"], "1 to 11"),
        (["generate", "conv", "--stride", "5"], "1 to 4"),
        (["generate", "conv", "--padding", "3"], "less than the kernel"),
        (["generate", "conv", "--input", "2x2"], "3 numbers"),
        (["generate", "conv", "--input", "1x1x4", "--padding", "0"], "does not fit"),
        (["generate", "conv", "--window", "round"], "pixel, column, sliding, whole"),
        (["generate", "conv", "--window", "pixel", "--in-par", "99"], "from 1 to 16"),
        (["generate", "conv", "--in-par", "2"], "--window"),
        (["evaluate", "lenet5", "--bits", "9"], "1 to 5"),
        (["evaluate", "lenet5", "--scheme", "magic"], "nearest"),
        (["evaluate", "lenet5", "--scheme", "clip-q:prune=2"], "from 0 up to, but without, 1"),
        (["evaluate", "lenet5", "--scheme", "nearest:clip=2"], "its options are fit"),
        (["quantize", "lenet5", "-o", "q", "--calibration", "percentile:percent=0"], "up to 100"),
        (["quantize", "lenet5", "-o", "q", "--scheme", "uniform", "--refine", "no"], "no such"),
        (["evaluate", "lenet5", "--act-width", "40"], "2 to 16"),
        (["plan", "lenet5", "--fps", "100"], "--clock"),
        (["plan", "lenet5", "--fps", "-1", "--clock", "100"], "positive"),
        (["plan", "lenet5", "--fps", "1", "--max-cycles", "9", "--clock", "1"], "not both"),
        (["plan", "lenet5", "--no-such-option"], "--no-such-option"),
        (["nonsense"], "nonsense"),
        (["compare", "--exponent-widths", "two"], "numbers with commas between, not 'two'"),
        (["compare", "--engine", "--fill", "zcu102"], "for dot products, not for engines"),
        (["compare", "--family", "ecp5,virtex"], "'virtex' is not one of xcup"),
        (["compare", "--engine", "--family", "all"], "Engines are compared on one family"),
        (["compare", "--engine", "--act-widths", "4,8"], "one width of activations"),
        (["compare", "--fill", "abacus"], "abacus"),
        (["simulate", "nowhere"], "nowhere"),
        (["synth", "nowhere"], "nowhere"),
    ],
)
def test_wrong_calls(shell, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in shell.refused(*arguments)
    assert not list(tmp_path.rglob("*.v"))


def test_a_rate_that_can_not_be_reached(shell):
    sentence = shell.refused("plan", "lenet5", "--max-cycles", 100, code=1)
    assert "conv1 needs at least 784 cycles" in sentence


def test_folder_that_can_not_be_written(shell, tmp_path):
    (tmp_path / "file").write_text("mine")
    sentence = shell.refused("generate", "svpe", "-o", tmp_path / "file" / "design")
    assert "Cannot write" in sentence
    assert (tmp_path / "file").read_text() == "mine"


def test_somebody_elses_folder_is_left_alone(shell, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    assert "it holds other files" in shell.refused("generate", "svpe", "-o", tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def contents(folder):
    """Every file beneath a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_full_disk(shell, tmp_path, monkeypatch):
    folder = tmp_path / "svpe"
    assert shell("generate", "svpe", "-o", folder).code == 0
    before = contents(folder)

    def no_space(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "replace", no_space)
    sentence = shell.refused("generate", "svpe", "--lanes", "3", "-o", folder)
    assert "No space left" in sentence
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["svpe"]
    assert "No space left" in shell.refused("boards", "--json", tmp_path / "boards.json")
    assert [path.name for path in tmp_path.iterdir()] == ["svpe"]


def test_json_that_can_not_be_written(shell, tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "Cannot write" in shell.refused("boards", "--json", tmp_path / "file" / "boards.json")


def test_damaged_build_folder(shell, network_folder, tmp_path):
    for file in network_folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "small_.v").write_text("module small_(); endmodule")
    assert "changed since" in shell.refused("synth", tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    assert "damaged" in shell.refused("simulate", tmp_path)
    (tmp_path / "manifest.json").unlink()
    assert "not a build folder" in shell.refused("simulate", tmp_path)


def test_interrupt_leaves_the_old_result(tmp_path):
    folder = tmp_path / "design"
    command = [sys.executable, "-m", "shiftconv", "generate", "conv", "-o", str(folder)]
    assert subprocess.run([*command, "--input", "4x4x1"], capture_output=True).returncode == 0
    before = contents(folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [*command, "--max-cycles", "131072"],
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(scratch)},
        # In the background a shell has what it starts ignore interrupts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    # Until it is at work on the Verilog.
    deadline = time.monotonic() + 60
    while not list(scratch.glob("shiftconv-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert b"Unused" not in err
    assert contents(folder) == before
    assert {path.name for path in tmp_path.iterdir()} == {"design", "scratch"}
    assert list(scratch.iterdir()) == []


class Interrupting:
    """Finds one module, and is interrupted as it does."""

    def find_spec(self, name, path=None, target=None):
        if name == "shiftconv.cli":
            raise KeyboardInterrupt


def test_interrupted_while_it_imports(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "shiftconv.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "shiftconv: interrupted\n"
