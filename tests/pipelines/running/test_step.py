from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.running.step import Counts, ShardTask, aligned, cut, limited, task_shard
from schemas.lake import Lake
from schemas.tables import TABLES


def task(slot="step.r-0", rows=3, payload=None):
    return ShardTask(slot=slot, input_digest="ab" * 32, payload=payload or {}, rows=rows, bytes=1)


@given(st.lists(st.integers(1, 9), max_size=9), st.integers(1, 40))
def test_a_limit_is_reached_exactly_where_there_are_rows_enough(rows, limit):
    tasks = [task(f"step.r-{i}", n) for i, n in enumerate(rows)]
    kept = limited(tasks, limit)
    assert sum(t.limit or t.rows for t in kept) == min(limit, sum(rows))


def test_a_cut_task_is_another_input():
    whole = task()
    assert cut(whole, 2).input_digest != whole.input_digest
    assert cut(whole, 2) == replace(whole, limit=2, input_digest=cut(whole, 2).input_digest)


def test_counts_survive_json():
    counts = Counts(rows_in=3, produced=1)
    counts.refuse("drop", "short")
    counts.refuse("quarantine", "odd")
    counts.check()
    assert Counts.from_json(counts.as_json()) == counts


def test_an_unknown_decision_is_an_error():
    with pytest.raises(ValueError, match="drop or quarantine, got 'lose'"):
        Counts().refuse("lose", "why")


def test_shards_of_one_root_are_aligned_across_tables(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    for table, slot in (("codes", "encode.x.a-0"), ("codes", "encode.x.a-1"), ("clips", "in.a-0")):
        lake.put(table, slot, TABLES[table].schema.empty_table(), "test")
    assert [shard.slot for shard in aligned(lake, "codes", "in.a-0")] == ["encode.x.a-0"]
    gone = task(payload={"table": "clips", "slot": "in.a-9"})
    with pytest.raises(ValueError, match=r"shard in.a-9 is gone .* run the step again"):
        task_shard(lake, gone)
