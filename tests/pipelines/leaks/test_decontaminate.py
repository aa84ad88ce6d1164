import json

import duckdb
import pyarrow as pa
import pytest

from pipelines.leaks.decontaminate import Decontaminate
from pipelines.leaks.evaluation_set import EvaluationSet
from pipelines.leaks.index import forget_set
from pipelines.leaks.reading import ReadEvaluationSets
from pipelines.leaks.report import leak_report
from pipelines.running.run import run_step
from reports.database import fetch, fill
from schemas.corpus import Recording
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.synthesis import Conversation, Turn
from schemas.tables import TABLES
from tests.pipelines.corpus_lake import caption, put, read

QUESTION = "How many ducks did the farmer count at the pond on the first morning of May"


def recording(name, original=None, start_s=None):
    return Recording(
        recording_id=name,
        source="test",
        source_id=name,
        uri=None,
        raw_sha256=None,
        frames=None,
        sample_rate=None,
        channels=None,
        licence=None,
        attribution=None,
        uploader=None,
        split="train",
        original=original,
        start_s=start_s,
        end_s=None if start_s is None else start_s + 10,
    )


def talk(name, *texts):
    turns = [Turn(role="user", modality="text", text=text) for text in texts]
    return Conversation(conversation_id=name, clip_ids=[], turns=turns, source="test", licence=None)


def source(lake, root, video):
    """One recording of a video, two captions, one conversation; names begin with the root."""
    put(lake, "recordings", [recording(f"{root}-r", f"youtube:{video}", 30.0)], root=root)
    texts = ["A dog barks.", f"Nothing but {root} waves that nobody else ever wrote about"]
    captions = [caption(None, text, name=f"{root}-k{n}") for n, text in enumerate(texts)]
    put(lake, "captions", captions, root=root)
    put(lake, "conversations", [talk(f"{root}-t", "Hello", f"Well: {QUESTION}?")], root=root)


@pytest.fixture
def lake(tmp_path):
    made = Lake.create(tmp_path / "lake")
    source(made, "a-00000", "vfY_TJq7n_U")
    source(made, "b-00000", "aaaaaaaaaaa")
    return made


@pytest.fixture
def ids(tmp_path):
    path = tmp_path / "ids.txt"
    path.write_text("youtube:YvfY_TJq7n_U.wav\nyoutube:zzzzzzzzzzz\n")
    return EvaluationSet(name="ids", kind="ids", path=str(path))


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps({"question": QUESTION, "answer": "#### 3"}) + "\n")
    return EvaluationSet(name="gsm8k", kind="gsm8k", path=str(path))


def captions_of(lake, *texts):
    """Evaluation items with captions, as a caption set would give them."""
    rows = [
        {"evaluation_set": "test", "item_id": str(n), "captions": [text], "passages": []}
        for n, text in enumerate(texts)
    ]
    schema = TABLES["evaluation_items"].schema
    lake.put(
        "evaluation_items",
        "evaluation-sets.test",
        pa.Table.from_pylist(rows, schema),
        "x",
    )


def ran(lake, *sets, **options):
    if sets:
        assert run_step(ReadEvaluationSets(sets=sets), lake).errors == []
    summary = run_step(Decontaminate(**options), lake)
    assert summary.errors == []
    return summary


def verdicts(lake):
    return {(d["table"], d["row_id"]): (d["keep"], d["reason"]) for d in read(lake, "decisions")}


def test_a_shared_original_and_a_question_bar_their_rows_and_nothing_else(lake, ids, questions):
    summary = ran(lake, ids, questions)
    assert verdicts(lake) == {
        ("recordings", "a-00000-r"): (False, "original"),
        ("conversations", "a-00000-t"): (False, "passage"),
        ("conversations", "b-00000-t"): (False, "passage"),
    }
    assert summary.counts.rows_in == 8
    assert summary.counts.produced == 5
    assert summary.counts.dropped == {"original": 1, "passage": 2}


def test_the_verdicts_on_a_root_lie_in_its_own_shard(lake, ids, questions):
    ran(lake, ids, questions)
    rows = {shard.slot: shard.rows for shard in lake.shards("decisions")}
    assert rows == {"decontaminate.a-00000": 2, "decontaminate.b-00000": 1}


def test_a_shared_caption_is_told_and_kept_unless_it_is_to_be_dropped(lake):
    captions_of(lake, "a dog barks")
    told = {("captions", "a-00000-k0"), ("captions", "b-00000-k0")}
    assert ran(lake).counts.produced == 8
    assert verdicts(lake) == dict.fromkeys(told, (True, "caption"))
    assert ran(lake, drop_captions=True).counts.dropped == {"caption": 2}
    assert verdicts(lake) == dict.fromkeys(told, (False, "caption"))


def test_the_evidence_names_set_item_and_text_of_every_hit(lake, ids):
    captions_of(lake, "a dog barks", "Rain")
    lists = EvaluationSet(name="again", kind="ids", path=ids.path)
    ran(lake, ids, lists)
    found = {d["row_id"]: json.loads(d["evidence"])["hits"] for d in read(lake, "decisions")}
    assert [hit["set"] for hit in found["a-00000-r"]] == ["again", "ids"]
    assert found["a-00000-k0"] == [
        {
            "set": "test",
            "how": "caption",
            "matched": "a dog barks",
            "items": ["0"],
            "value": 1.0,
            "overlap": None,
        }
    ]


def test_every_refused_item_of_a_set_has_a_ledger_row_of_its_own(lake, tmp_path):
    path = tmp_path / "blacklist.json"
    path.write_text(json.dumps({"FreeSound": ["Not found", "1", "Not found", "1", "1"]}))
    blacklist = EvaluationSet(name="b", kind="blacklist", path=str(path))
    counts = run_step(ReadEvaluationSets(sets=(blacklist,)), lake).counts
    told = {(row["row_id"], row["reason"]) for row in read(lake, "ledger")}
    assert (counts.produced, counts.quarantined) == (1, {"bad_row": 2, "duplicate": 2})
    assert told == {
        ("b/FreeSound/Not found", "bad_row"),
        ("b/FreeSound/Not found#2", "bad_row"),
        ("b/FreeSound/1#2", "duplicate"),
        ("b/FreeSound/1#3", "duplicate"),
    }


def test_labels_are_no_captions(lake):
    put(lake, "captions", [caption(None, "Dog", kind="label", name="l")], root="c-00000")
    captions_of(lake, "dog")
    ran(lake)
    assert ("captions", "l") not in verdicts(lake)


def test_questions_are_looked_for_in_captions_only_if_asked(lake, questions):
    put(lake, "captions", [caption(None, QUESTION, name="q")], root="c-00000")
    ran(lake, questions)
    assert ("captions", "q") not in verdicts(lake)
    ran(lake, read_captions=True)
    assert verdicts(lake)["captions", "q"] == (False, "passage")


def test_a_second_run_does_nothing(lake, ids):
    ran(lake, ids)
    files = sorted((lake.root / "decisions").rglob("*"))
    again = ran(lake, ids)
    assert (again.done_before, again.outcomes) == (2, [])
    assert sorted((lake.root / "decisions").rglob("*")) == files


def test_a_new_source_compares_its_own_rows_only(lake, ids):
    ran(lake, ids)
    source(lake, "c-00000", "zzzzzzzzzzz")
    summary = ran(lake)
    assert [outcome.slot for outcome in summary.outcomes] == ["decontaminate.c-00000"]
    assert verdicts(lake)["recordings", "c-00000-r"] == (False, "original")


def test_a_new_evaluation_set_compares_all_rows_again(lake, ids, questions):
    ran(lake, ids)
    assert len(ran(lake, questions).outcomes) == 2
    assert len(read(lake, "decisions")) == 3


def test_a_forgotten_set_bars_nothing_any_more_and_can_come_back(lake, ids, questions):
    ran(lake, ids, questions)
    before = verdicts(lake)
    forget_set(lake, "ids")
    ran(lake)
    assert ("recordings", "a-00000-r") not in verdicts(lake)
    assert {row.evaluation_set for row in leak_report(lake)} == {"gsm8k"}
    ran(lake, ids)
    assert verdicts(lake) == before


def test_to_forget_a_set_that_the_lake_has_not_is_a_mistake(lake, ids):
    ran(lake, ids)
    with pytest.raises(ValueError, match="has ids; got 'idz'"):
        forget_set(lake, "idz")


def test_a_lake_without_evaluation_sets_says_what_to_pass(lake):
    with pytest.raises(ValueError, match="--against audiocaps:test=DIR"):
        run_step(Decontaminate(), lake)


def test_sets_that_change_under_a_running_comparison_fail_it(lake, ids, questions):
    assert run_step(ReadEvaluationSets(sets=(ids,)), lake).errors == []
    task = next(iter(Decontaminate().plan(lake)))
    assert run_step(ReadEvaluationSets(sets=(questions,)), lake).errors == []
    with pytest.raises(ValueError, match="changed since this run was planned"):
        Decontaminate().run_shard(lake, task, lambda _: None)


def test_a_limit_compares_the_first_rows(lake, ids):
    assert run_step(ReadEvaluationSets(sets=(ids,)), lake).errors == []
    summary = run_step(Decontaminate(), lake, limit=6)
    assert summary.counts.rows_in == 6
    assert run_step(Decontaminate(), lake).counts.rows_in == 4  # the second root, cut before


def test_a_changed_file_replaces_the_set_and_a_shorter_one_takes_its_hits_along(
    lake, ids, tmp_path
):
    ran(lake, ids)
    (tmp_path / "ids.txt").write_text("youtube:zzzzzzzzzzz\n")
    ran(lake, ids)
    assert verdicts(lake) == {}


def test_the_report_counts_rows_items_and_what_nothing_hit(lake, ids, questions):
    captions_of(lake, "a dog barks", "Rain")
    ran(lake, ids, questions)
    found = {(r.evaluation_set, r.how): r for r in leak_report(lake)}
    numbers = {k: (r.rows_hit, r.rows_dropped, r.items_hit, r.items) for k, r in found.items()}
    assert numbers == {
        ("ids", "original"): (1, 1, 1, 2),
        ("gsm8k", "passage"): (2, 2, 1, 1),
        ("gsm8k", "passage_other_numbers"): (0, 0, 0, 1),
        ("test", "caption"): (2, 0, 1, 2),
        ("test", "near_caption"): (0, 0, 0, 2),
    }
    assert found["ids", "original"].share == 0.5
    assert found["ids", "original"].example_row == "recordings/a-00000-r"


def test_the_view_leaks_is_the_report(lake, ids, questions):
    captions_of(lake, "a dog barks", "nothing but waves that nobody else ever wrote about")
    ran(lake, ids, questions)
    with duckdb.connect() as connection:
        fill(connection, lake)
        view = fetch(connection, "from leaks")
    assert view == [row.as_json() for row in leak_report(lake)]
    assert len(view) == 5


def test_the_output_is_the_golden_one_of_its_version(lake, ids, questions):
    captions_of(lake, "a dog barks", "nothing but waves that nobody else ever wrote about")
    ran(lake, ids, questions)
    made = {(Decontaminate.version, digest_of(read(lake, "decisions"))[:16])}
    assert made == {(2, "07eae38af1b57ebb")}
