"""Maintenance between runs of a real step: nothing is made again, nothing taken down comes back."""

from dataclasses import replace

import pytest

from pipelines.ingest.cutting import Cutting
from pipelines.ingest.plan import Sharding
from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sources.named import SourceOptions, source_named
from schemas.compaction import compact
from schemas.garbage import collect, garbage
from schemas.lake import Lake
from schemas.removal import Takedown, remove
from schemas.verify import verify

pytestmark = pytest.mark.slow


def scenes(count):
    return Ingest(
        source=source_named("scenes", str(count), SourceOptions()), sharding=Sharding(items=2)
    )


@pytest.fixture
def ingested(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    assert not run_step(scenes(4), lake).failed
    return lake


def test_after_compaction_and_collection_everything_is_done(ingested):
    before = {table: ingested.read(table) for table in ingested.versions()}
    for table in before:
        compact(ingested, table)
    collect(garbage(ingested, keep_days=0))
    assert verify(ingested) == []
    again = run_step(scenes(4), ingested)
    assert (again.planned, again.done_before, again.pending_rows) == (2, 2, 0)
    assert {table: ingested.read(table) for table in before} == before


def test_a_compacted_lake_grows_without_making_old_shards_again(ingested):
    for table in ingested.versions():
        compact(ingested, table)
    grown = run_step(scenes(6), ingested)
    assert (grown.planned, grown.done_before) == (3, 2)
    assert ingested.read("clips").num_rows == 6
    assert verify(ingested) == []


def test_a_recording_that_was_taken_down_does_not_come_back(ingested):
    gone = ingested.read("recordings")["recording_id"][0].as_py()
    remove(ingested, Takedown(ids=(gone,)))
    assert run_step(scenes(4), ingested).pending_rows == 0
    other = replace(scenes(4), cutting=Cutting(min_s=0.5))  # so that every shard is made again
    assert run_step(other, ingested).pending_rows == 4
    assert gone not in ingested.read("recordings")["recording_id"].to_pylist()
    assert gone not in ingested.read("clips")["recording_id"].to_pylist()
    assert verify(ingested) == []
