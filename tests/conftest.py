"""What every test may ask for."""

import gc
import os
import zlib

# Test workers share the cores: the threads of BLAS would spin, waiting for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

from shiftconv.flow.simulation import verilate
from shiftconv.flow.tools import Job, ToolError, run_jobs

hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The README's commands go first: no worker waits for another that has begun them last."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not in what stays: a tenth of the time of most simulations."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers that are the same for the same test."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))


@pytest.fixture(scope="session", autouse=True)
def one_library(tmp_path_factory):
    """Verilator's library, most of what a small simulator takes, is compiled once."""
    compile_library = verilate._library
    made = {}

    def library(folder, compiler, trace):
        if (compiler, trace) not in made:
            kept = tmp_path_factory.mktemp("library")
            try:
                run_jobs([compile_library(kept, compiler, trace)])
            except ToolError:
                return compile_library(folder, compiler, trace)
            made[compiler, trace] = kept / "library.o"
        return Job("The C++ compiler", ["cp", str(made[compiler, trace]), "library.o"], folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verilate, "_library", library)
        yield
