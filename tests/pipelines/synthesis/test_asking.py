import pytest

from pipelines.synthesis.asking import Dialogues, Prompts
from schemas.lake import Lake
from tests.pipelines.corpus_lake import put, read, rich_caption, run


@pytest.fixture
def lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    put(lake, "rich_captions", [rich_caption("r1", "dog barks", "rain falls", clip_id="c1")])
    put(lake, "rich_captions", [rich_caption("r2", "vibration", clip_id="c2")], "rich-captions")
    heard = rich_caption("r3", "bell", clip_id="c1", role="heard")
    put(lake, "rich_captions", [heard], "hear.ingest")
    return lake


def test_planned_rich_captions_of_every_writer_get_prompts_and_heard_ones_none(lake):
    counts = run(Prompts(), lake)
    assert counts.produced == counts.rows_in == 2
    styles = {(row["rich_caption_id"], row["style"]) for row in read(lake, "prompts")}
    assert styles == {
        ("r1", "plain"),
        ("r1", "detailed"),
        ("r1", "abstract"),
        ("r2", "plain"),
        ("r2", "detailed"),
    }
    assert [shard.slot for shard in lake.shards("prompts")] == [
        "prompts.ingest.a-00000",
        "prompts.rich-captions.a-00000",
    ]


def test_a_missing_abstract_prompt_is_in_the_ledger(lake):
    run(Prompts(), lake)
    (row,) = read(lake, "ledger")
    assert (row["row_id"], row["step"], row["reason"]) == ("r2", "prompts", "no_scenario")


def test_prompt_ids_are_unique_and_steady(lake):
    run(Prompts(), lake)
    first = read(lake, "prompts")
    run(Prompts(), lake)
    assert read(lake, "prompts") == first
    assert len({row["prompt_id"] for row in first}) == len(first)


def test_each_planned_rich_caption_gets_a_dialogue(lake):
    counts = run(Dialogues(seed=3), lake)
    rows = {row["rich_caption_id"]: row for row in read(lake, "dialogues")}
    assert counts.produced == 2
    assert set(rows) == {"r1", "r2"}
    assert [turn["role"] for turn in rows["r2"]["turns"]] == ["user", "assistant"]
    assert rows["r1"]["origin"]["seed"] == 3


def test_a_limit_takes_the_first_rows(lake):
    assert run(Dialogues(), lake, limit=1).rows_in == 1
