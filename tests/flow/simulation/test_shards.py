"""Shards cover a data set, and are as long as they should be."""

from types import SimpleNamespace

import pytest

from shiftconv.flow.simulation.shards import SHARD_CYCLES, shard_frames


def lengths(n_frames, cycles, latency):
    shards = shard_frames(
        n_frames, SimpleNamespace(cycles_per_frame=cycles, latency_cycles=latency)
    )
    assert [n for shard in shards for n in shard] == list(range(n_frames))
    return [len(shard) for shard in shards]


@pytest.mark.parametrize("n_frames", [1, 2, 19, 20, 21, 100, 997])
def test_every_frame_is_in_one_shard(n_frames):
    found = lengths(n_frames, 1000, 4423)
    assert max(found) - min(found) <= 1
    assert max(found) <= max(20, -(-n_frames // 16))


def test_a_data_set_keeps_many_cores_busy():
    assert lengths(10_000, 1000, 4423) == [625] * 16


def test_filling_the_pipeline_does_not_count():
    assert lengths(60, 1000, 4423) == [20] * 3


def test_slow_designs_have_shards_that_end_soon():
    assert max(lengths(10_000, 100_000, 150_000)) * 100_000 <= SHARD_CYCLES
