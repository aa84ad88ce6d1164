"""Benchmarks that a lake holds, as evaluation sets."""

import pytest

from evaluation.benchmarks.known import read_benchmark
from pipelines.leaks.benchmarks import mmar
from pipelines.leaks.decontaminate import Decontaminate
from pipelines.leaks.evaluation_set import given_set
from pipelines.leaks.reading import ReadEvaluationSets
from pipelines.leaks.report import leak_report
from pipelines.running.run import run_step
from schemas.benchmarks import Dataset, Item
from schemas.lake import Lake
from schemas.synthesis import Conversation, Turn
from schemas.tables import TABLES
from tests.places import DATA

MMAR = DATA / "benchmarks/mmar/MMAR-meta.jsonl"
QUESTION = "A train leaves the station at nine and arrives at noon how long did it travel"


def lake_with(tmp_path, datasets, items):
    lake = Lake.create(tmp_path / "lake")
    lake.put("datasets", "test.d", TABLES["datasets"].from_rows(datasets), step="test")
    lake.put("items", "test.i", TABLES["items"].from_rows(items), step="test")
    return lake


def dataset(name, split="test"):
    return Dataset(dataset_id=f"{name}-{split}", name=name, split=split, digest=split, items=1)


def item(data, source_id, question, choices=()):
    return Item(
        item_id=f"{data.dataset_id}-{source_id}",
        dataset_id=data.dataset_id,
        source_id=source_id,
        question=question,
        choices=list(choices),
        answer="x",
    )


def test_a_benchmark_of_the_lake_is_compared_with_its_conversations(tmp_path):
    gsm8k = dataset("gsm8k")
    short = item(gsm8k, "1", "What is it?", ["one dog", "two dogs"])
    lake = lake_with(tmp_path, [gsm8k], [item(gsm8k, "0", QUESTION), short])
    texts = {"long": QUESTION, "short": "What is it? one dog two dogs", "other": "Nothing alike."}
    said = [
        Conversation(
            conversation_id=name,
            clip_ids=[],
            turns=[Turn(role="user", modality="text", text=text)],
            source="demo",
            licence=None,
        )
        for name, text in texts.items()
    ]
    lake.put("conversations", "ingest.demo-0", TABLES["conversations"].from_rows(said), step="test")
    run_step(ReadEvaluationSets(sets=(given_set(f"items:gsm8k={lake.root}"),)), lake)
    run_step(Decontaminate(), lake)
    found = {row.how: (row.items_hit, row.rows_dropped) for row in leak_report(lake)}
    assert found["passage"] == (2, 2)


def test_splits_that_examples_come_from_are_not_evaluated(tmp_path):
    test, dev = dataset("mmlu"), dataset("mmlu", "dev")
    lake = lake_with(tmp_path, [test, dev], [item(test, "a/0", "q"), item(dev, "a/0", "shown")])
    (entry,) = given_set(f"items:mmlu={lake.root}").entries()
    assert entry.passages == ("q",)


def test_a_lake_without_the_benchmark_says_how_to_add_it(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    with pytest.raises(ValueError, match="ualm evaluate add mmau"):
        list(given_set(f"items:mmau={lake.root}").entries())
    with pytest.raises(ValueError, match="expected a benchmark"):
        list(given_set(f"items={lake.root}").entries())


@pytest.mark.realdata
@pytest.mark.skipif(not MMAR.is_file(), reason="no shared/data")
def test_mmar_of_a_lake_has_the_videos_and_questions_of_its_file(tmp_path):
    read = read_benchmark("mmar", MMAR)
    lake = lake_with(tmp_path, [read.dataset], list(read.items))
    stored = {own.item_id: own for own in given_set(f"items:mmar={lake.root}").entries()}
    for own in mmar(MMAR):
        assert stored[own.item_id].original == own.original
        assert stored[own.item_id].passages == own.passages
        assert stored[own.item_id].sound_names == own.sound_names
