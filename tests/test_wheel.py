"""A wheel of the project holds every file of its packages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("boards", "quant", "shiftconv")
BUILD = "from setuptools.build_meta import build_wheel; build_wheel('wheels')"


def test_everything_is_in_it(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    there = {
        str(path.relative_to(tmp_path))
        for package in PACKAGES
        for path in (tmp_path / package).rglob("*")
        if path.is_file()
    }
    subprocess.run([sys.executable, "-c", BUILD], cwd=tmp_path, check=True, capture_output=True)
    [wheel] = (tmp_path / "wheels").iterdir()
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert there <= packed
    others = {name.partition("/")[0] for name in packed - there}
    assert others == {f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"}
