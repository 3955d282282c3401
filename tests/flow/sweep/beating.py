"""A process that has a worker do work without end: ``python -m tests.flow.sweep.beating FOLDER``.

The worker and a tool that it runs append to the files ``worker`` and ``tool`` while they live.
"""

import sys
import time
from pathlib import Path
from threading import Thread

from shiftconv.flow.sweep.local import run_locally
from shiftconv.flow.sweep.tasks import Task
from shiftconv.flow.tools import Job, run_jobs

__all__ = ["beat", "work"]

TOOL = """
import sys, time
while True:
    with open(sys.argv[1], "a") as file:
        file.write(".")
    time.sleep(0.02)
"""


def beat(path):
    while True:
        with path.open("a") as file:
            file.write(".")
        time.sleep(0.02)


def work(folder):
    Thread(target=beat, args=(folder / "worker",), daemon=True).start()
    run_jobs([Job("tool", [sys.executable, "-c", TOOL, str(folder / "tool")], Path.cwd())])


if __name__ == "__main__":
    list(run_locally([Task("", work, Path(sys.argv[1]))], n_parallel=1))
