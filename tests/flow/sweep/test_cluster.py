"""A real Dask scheduler with two workers."""

import math
import os
import sys

import dask
import pytest
from distributed import LocalCluster

from shiftconv.flow.sweep import cluster
from shiftconv.flow.sweep.cluster import ClusterError, run_on_cluster
from shiftconv.flow.sweep.tasks import LostError, Task


@pytest.fixture(scope="module")
def address():
    config = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(config),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as running,
    ):
        yield running.scheduler_address


def test_results_and_exceptions(address):
    tasks = [Task("refuses", math.sqrt, -1), *(Task(f"{n}", pow, 2, (n,)) for n in range(6))]
    found = dict(run_on_cluster(tasks, address=address))
    refused, *powers = (found[task] for task in tasks)
    assert isinstance(refused, ValueError)
    assert powers == [2**n for n in range(6)]


def test_a_death(address):
    [(task, found)] = run_on_cluster([Task("dies", os._exit, 3)], address=address)
    assert (task.name, type(found)) == ("dies", LostError)


def test_workers_of_another_version(address, monkeypatch):
    monkeypatch.setattr(cluster, "sources_digest", lambda: "other")
    [(_, found)] = run_on_cluster([Task("", pow, 2, (3,))], address=address)
    assert "another version of shiftconv" in str(found)


def test_no_scheduler(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.1)
    with pytest.raises(ClusterError, match="No Dask scheduler answers at tcp"):
        list(run_on_cluster([], address="tcp://127.0.0.1:1"))
    with pytest.raises(ClusterError, match="No Dask scheduler answers at nowhere"):
        list(run_on_cluster([], address="nowhere://x"))


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'shiftconv\[cluster\]'"):
        list(run_on_cluster([], address="tcp://127.0.0.1:1"))
