import json

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.plan import Sharding, as_repeat, runs
from pipelines.sources.folder import folder_source
from pipelines.sources.scenes import Scenes
from pipelines.sources.source import Refusal, SourceItem


class Listed:
    """A source of given items."""

    name = root = "listed"

    def __init__(self, *items):
        self.listed = items

    def items(self, position=0):
        yield from self.listed[position:]


def item(number, **fields):
    return SourceItem(source_id=str(number), position=number, **fields)


def sizes(source, **bounds):
    return [len(run.items) for run in runs(source, Sharding(**bounds))]


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(1, 400), st.integers(0, 400))
def test_appending_changes_only_the_last_shard(before, more):
    sharding = Sharding(items=4, most_items=16)
    old = [run.items for run in runs(Listed(*map(item, range(before))), sharding)]
    new = [run.items for run in runs(Listed(*map(item, range(before + more))), sharding)]
    assert new[: len(old) - 1] == old[:-1]
    assert new[len(old) - 1][: len(old[-1])] == old[-1]
    assert sum(len(items) for items in new) == before + more


def test_shards_grow_with_the_listing_up_to_a_bound():
    expected = 8 * [2] + 8 * [4] + 8 * [6] + [4]
    assert sizes(Listed(*map(item, range(100))), items=2, most_items=6) == expected


def test_a_shard_is_bounded_by_seconds_and_bytes():
    long = Listed(*(item(n, duration_s=40.0) for n in range(5)))
    assert sizes(long, seconds=100) == [2, 2, 1]
    large = Listed(*(item(n, size=70) for n in range(4)))
    assert sizes(large, bytes=150) == [2, 2]


def test_an_item_over_every_bound_is_a_shard_of_its_own():
    items = Listed(item(0), item(1, duration_s=1e6, size=10**12), item(2))
    assert sizes(items) == [1, 1, 1]


def test_an_id_that_comes_again_is_a_repeat_with_its_number():
    listing = Listed(item(1), item(2), item(1), item(1))
    first, second = runs(listing, Sharding(items=2))
    assert (first.repeats, second.repeats) == ({}, {"0": 2, "1": 3})


def test_a_repeat_is_refused_under_an_id_of_its_own():
    repeat = as_repeat(item(7), 3)
    assert (repeat.source_id, repeat.refusal.reason) == ("7#3", "duplicate")
    refused = item(7, refusal=Refusal(reason="bad_row", detail="x"))
    assert as_repeat(refused, 2).refusal == refused.refusal


def test_scenes_of_ten_seconds_fill_a_large_shard_exactly():
    assert sizes(Scenes(count=1_030), items=1_024) == [1_024, 6]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_run_can_be_listed_again_from_its_position(tmp_path, kind):
    names = [f"{n}.wav" for n in range(7)]
    for name in names:
        soundfile.write(tmp_path / name, np.zeros(10), 16_000)
    lines = [json.dumps({"path": n}) for n in names] if kind == "jsonl" else ["path", *names]
    (tmp_path / f"a.{kind}").write_text("\n".join(lines))
    source = folder_source(tmp_path / f"a.{kind}")
    for run in runs(source, Sharding(items=3)):
        listed = source.items(run.items[0].position)
        assert [next(listed) for _ in run.items] == run.items
