import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.compaction import compact
from schemas.ids import digest_of
from schemas.lake import Lake, LakeConflictError
from schemas.verify import verify
from tests.schemas.lakes import commit, ledger_rows, small_corpus


def identities(lake, table="clips"):
    return [shard.identity for shard in lake.shards(table)]


def rows(lake, table="ledger"):
    return sorted(lake.read(table)["row_id"].to_pylist())


@pytest.fixture
def many(lake):
    for i in range(6):
        commit(lake, "ledger", f"step.root-{i}", ledger_rows(f"{i}a", f"{i}b"))
    return lake


def test_shards_keep_their_slots_and_digests(corpus):
    before = identities(corpus)
    assert compact(corpus, "clips") == (2, 1)
    assert identities(corpus) == before


def test_rows_read_as_before(corpus):
    before = [corpus.read_shard(shard) for shard in corpus.shards("audio")]
    compact(corpus, "audio")
    assert [corpus.read_shard(shard) for shard in corpus.shards("audio")] == before
    assert corpus.read("audio").num_rows == corpus.scan("audio").collect().height == 8


def test_older_versions_stay_readable(many):
    version = many.version("ledger")
    compact(many, "ledger")
    assert many.read("ledger", version=version).num_rows == 12


def test_a_compacted_lake_verifies(corpus):
    for table in corpus.versions():
        compact(corpus, table)
    assert verify(corpus) == []


def test_compacting_again_makes_no_version(many):
    compact(many, "ledger")
    version = many.version("ledger")
    assert compact(many, "ledger") == (1, 1)
    assert many.version("ledger") == version


def test_compacting_nothing_makes_no_table(lake):
    assert compact(lake, "clips") == (0, 0)
    assert lake.versions() == {}


def test_files_stay_under_the_size(many):
    size = many.shards("ledger")[0].size
    assert compact(many, "ledger", target_bytes=2 * size + 99) == (6, 3)


def test_a_size_of_nothing_is_an_error(many):
    with pytest.raises(ValueError, match="at least 1 byte"):
        compact(many, "ledger", target_bytes=0)


def test_one_shard_of_a_compacted_file_is_replaced_in_one_commit(many):
    compact(many, "ledger")
    version = many.version("ledger")
    new = many.write_shard("ledger", "step.root-3", digest_of("new"), ledger_rows("new"))
    assert many.commit("ledger", [new], "test", version) == version + 1
    assert rows(many) == ["0a", "0b", "1a", "1b", "2a", "2b", "4a", "4b", "5a", "5b", "new"]
    assert len(many.files("ledger")) == 2
    assert verify(many) == []


def test_growth_after_compaction_is_compacted_too(many):
    compact(many, "ledger")
    commit(many, "ledger", "step.root-9", ledger_rows("9"))
    assert compact(many, "ledger") == (2, 1)
    assert len(rows(many)) == 13


def test_committing_a_shard_that_was_compacted_does_nothing(many):
    shard = many.shards("ledger")[0]
    compact(many, "ledger")
    version = many.version("ledger")
    assert many.commit("ledger", [shard], "test", version) == version


def test_compaction_is_no_conflict_for_a_running_step(many):
    version = many.version("ledger")
    new = many.write_shard("ledger", "step.root-3", digest_of("new"), ledger_rows("new"))
    compact(many, "ledger")
    many.commit("ledger", [new], "test", version)
    assert "new" in rows(many)
    assert len(rows(many)) == 11


def test_replacing_a_shard_before_its_compaction_is_a_conflict(many):
    old = many.shards("ledger")
    commit(many, "ledger", "step.root-3", ledger_rows("theirs"))
    with pytest.raises(LakeConflictError):
        many.replace("ledger", old, old[:1], "compact")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 4), st.integers(0, 3))), max_size=10))
def test_compaction_at_any_time_changes_no_rows(tmp_path_factory, actions):
    lake, model = Lake.create(tmp_path_factory.mktemp("lake")), {}
    for action in actions:
        if action is None:
            compact(lake, "ledger", target_bytes=20_000)
            continue
        slot, count = action
        model[slot] = [f"{slot}.{i}" for i in range(count)]
        shard = lake.write_shard(
            "ledger", f"step.root-{slot}", digest_of(count), ledger_rows(*model[slot])
        )
        lake.commit("ledger", [shard], "test")
    assert rows(lake) == sorted(i for ids in model.values() for i in ids)
    for shard in lake.shards("ledger"):
        expected = model[int(shard.root.rpartition("-")[2])]
        assert lake.read_shard(shard)["row_id"].to_pylist() == expected


def test_a_corpus_of_one_shard_is_left_alone(lake):
    small_corpus(lake, shards=1)
    assert compact(lake, "clips") == (1, 1)
    assert not lake.shards("clips")[0].compacted
