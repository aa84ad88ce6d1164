"""What a table holds is read from its log once a version, however often it is asked."""

import shutil

import pytest

from schemas import log
from schemas.lake import Lake
from tests.schemas.lakes import commit, ledger_rows


@pytest.fixture
def opened(monkeypatch):
    """Return how each Delta log was opened; grows while the test runs."""
    calls = []

    class Counted(log.DeltaTable):
        def __init__(self, *args, **kwargs):
            calls.append((args, kwargs))
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(log, "DeltaTable", Counted)
    return calls


def test_a_log_is_opened_once_for_two_hundred_questions(tmp_path, opened):
    lake = Lake.create(tmp_path / "lake")
    for root in ("a", "b"):
        commit(lake, "ledger", f"step.{root}", ledger_rows(root))
    opened.clear()
    for _ in range(100):
        assert [shard.slot for shard in lake.shards("ledger")] == ["step.a", "step.b"]
        assert lake.listing("ledger").by_root["b"][0].slot == "step.b"
    assert len(opened) == 1


def test_another_lake_object_of_the_folder_shares_what_was_read(tmp_path, opened):
    lake = Lake.create(tmp_path / "lake")
    commit(lake, "ledger", "step.a", ledger_rows("a"))
    lake.shards("ledger")
    opened.clear()
    assert len(Lake.open(tmp_path / "lake").shards("ledger")) == 1
    assert opened == []


def test_a_commit_is_seen_at_once_and_the_version_before_it_stays(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    commit(lake, "ledger", "step.a", ledger_rows("a"))
    before = lake.listing("ledger")
    commit(lake, "ledger", "step.b", ledger_rows("b"))
    assert list(lake.listing("ledger").by_slot) == ["step.a", "step.b"]
    assert [s.slot for s in lake.shards("ledger", before.version)] == ["step.a"]


def test_a_lake_made_again_in_the_same_folder_is_another_lake(tmp_path):
    folder = tmp_path / "lake"
    for root in ("first", "second"):
        lake = Lake.create(folder)
        commit(lake, "ledger", f"step.{root}", ledger_rows(root))
        assert [shard.root for shard in lake.shards("ledger")] == [root]
        shutil.rmtree(folder)


def test_a_table_without_commits_holds_nothing_at_version_minus_one(tmp_path):
    listing = Lake.create(tmp_path / "lake").listing("ledger")
    assert (listing.version, listing.shards, listing.by_step) == (-1, (), {})
