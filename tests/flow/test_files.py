"""A file or a folder appears whole, or the old one stays."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from shiftconv.flow import files
from shiftconv.flow.files import OutputError, atomic_folder, write_atomic


def tree(folder: Path) -> dict[str, bytes]:
    """Every file beneath ``folder``, hidden ones too."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt(*_):
    raise KeyboardInterrupt


def write_folder(path: Path, content: str, *, then=lambda: None, **more) -> None:
    with atomic_folder(path, marker="manifest.json", **more) as folder:
        (folder / "manifest.json").write_text(content)
        then()
        (folder / "rtl").mkdir()
        (folder / "rtl" / "top.v").write_text(content)


@pytest.mark.parametrize("content", ["text: ½\r\n", b"\x00\xff"])
def test_file(tmp_path, content):
    path = tmp_path / "new" / "folder" / "file"
    write_atomic(path, "old")
    write_atomic(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert len(tree(tmp_path)) == 1


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_full_disk_keeps_the_old_file(tmp_path, monkeypatch, where):
    path = tmp_path / "file"
    write_atomic(path, "old")
    monkeypatch.setattr(files.os, where, full_disk)
    with pytest.raises(OutputError, match=rf"Cannot write {path}: No space left on device"):
        write_atomic(path, "new")
    assert tree(tmp_path) == {"file": b"old"}


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_interrupt_keeps_the_old_file(tmp_path, monkeypatch, where):
    path = tmp_path / "file"
    write_atomic(path, "old")
    monkeypatch.setattr(files.os, where, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, "new")
    assert tree(tmp_path) == {"file": b"old"}


def test_file_in_the_place_of_a_folder(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="taken: it is a folder"):
        write_atomic(tmp_path / "taken", "new")


def test_parent_is_a_file(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match=r"Cannot write .*/file/below: (Not a directory|File ex)"):
        write_atomic(tmp_path / "file" / "below", "new")
    with pytest.raises(OutputError, match=r"Cannot write .*/file/below: (Not a directory|File ex)"):
        write_folder(tmp_path / "file" / "below", "new")


def test_parent_may_not_be_written(tmp_path, monkeypatch):
    # Permissions do not stop a superuser, so the refusal is made by hand.
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"Cannot write .*/design: Permission denied"):
        write_folder(tmp_path / "design", "new")


def test_folder_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "build" / "design"
    write_folder(path, "old")
    (path / "report.json").write_text("about the old one")
    write_folder(path, "new")
    assert tree(tmp_path / "build") == {
        "design/manifest.json": b"new",
        "design/rtl/top.v": b"new",
    }


def test_folder_hands_on_what_is_to_be_kept(tmp_path):
    path = tmp_path / "design"
    write_folder(path, "old")
    (path / "cache").mkdir()
    (path / "cache" / "model").write_text("compiled")
    write_folder(path, "new", keep=("cache", "rtl", "absent"))
    assert tree(path) == {
        "cache/model": b"compiled",
        "manifest.json": b"new",
        "rtl/top.v": b"new",
    }


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(full_disk, OutputError), (interrupt, KeyboardInterrupt), (lambda: 1 / 0, ZeroDivisionError)],
)
def test_failure_half_way_keeps_the_old_folder(tmp_path, failure, expected):
    path = tmp_path / "design"
    write_folder(path, "old")
    before = tree(tmp_path)
    with pytest.raises(expected):
        write_folder(path, "new", then=failure)
    assert tree(tmp_path) == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("failure", [full_disk, interrupt])
def test_failure_during_the_exchange_keeps_the_old_folder(tmp_path, monkeypatch, nth, failure):
    path = tmp_path / "design"
    write_folder(path, "old")
    before = tree(tmp_path)
    replace, calls = os.replace, []

    def fail_at_nth(source, target):
        calls.append(source)
        if len(calls) == nth:
            failure()
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", fail_at_nth)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_folder(path, "new")
    assert tree(tmp_path) == before


def test_really_full_disk(tmp_path):
    values = np.zeros(1 << 20, np.uint8)
    with (
        pytest.raises(OutputError, match=r"Cannot write .*/design: "),
        atomic_folder(tmp_path / "design", marker="x"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        values.tofile(full)
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_are_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"it holds other files, and no manifest\.json"):
        write_folder(tmp_path, "new")
    with pytest.raises(OutputError, match="a file of that name is in the way"):
        write_folder(tmp_path / "thesis.tex", "new")
    assert tree(tmp_path) == {"thesis.tex": b"years of work"}


def test_empty_folder_is_taken(tmp_path):
    (tmp_path / "design").mkdir()
    write_folder(tmp_path / "design", "new")
    assert tree(tmp_path)["design/manifest.json"] == b"new"


def test_errors_about_other_files_pass(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="no-such-file"),
        atomic_folder(tmp_path / "a" / "design", marker="x"),
    ):
        Path("/no-such-file").read_text()
