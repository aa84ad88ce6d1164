import json
import math
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.benchmarks import Feature
from schemas.column import Table
from schemas.compacted import write_compacted
from schemas.generation import Context, GenerationScore, Segment
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.log import write_log
from schemas.shards import publish
from schemas.synthesis import LayoutEvent, RichCaption
from schemas.tables import TABLES
from schemas.verify import verify
from tests.schemas.lakes import ORIGIN, clip_rows, commit, ledger_rows, recording_rows
from tests.schemas.test_lake import NewerRow, declare


def problems(lake, *tables):
    return [str(finding) for finding in verify(lake, tables)]


def test_a_sound_lake_has_no_findings(corpus):
    assert verify(corpus) == []


def test_an_empty_lake_has_no_findings(lake):
    assert verify(lake) == []


def test_an_unknown_table_is_an_error(corpus):
    with pytest.raises(ValueError, match="got 'clip'"):
        verify(corpus, ["clip"])


def test_a_damaged_shard_is_named(corpus):
    path = corpus.files("audio")[1]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (problem,) = problems(corpus)
    assert problem.startswith(f"audio: {path.name}: damaged: its bytes hash to")


def test_a_shortened_shard_is_named(corpus):
    path = corpus.files("clips")[0]
    path.write_bytes(path.read_bytes()[:-1])
    (problem,) = problems(corpus)
    assert f"clips: {path.name}: expected" in problem


def test_a_missing_shard_is_named(corpus):
    path = corpus.files("recordings")[0]
    path.unlink()
    assert problems(corpus) == [f"recordings: {path.name}: listed in the log, but gone"]


def test_references_into_a_damaged_table_are_not_blamed(corpus):
    path = corpus.files("recordings")[0]
    path.unlink()
    assert problems(corpus, "clips") == []


def test_a_double_key_is_named(corpus):
    commit(corpus, "recordings", "ingest.twice", recording_rows("r0"))
    (problem,) = problems(corpus)
    assert problem.endswith("the key r0 occurs 2 times")


def test_a_dangling_reference_is_named_with_its_shard(corpus):
    shard = commit(corpus, "clips", "ingest.x", clip_rows([("x", "nobody"), ("y", "r0")]))
    expected = "recording_id: 1 values are not in recordings.recording_id, such as nobody"
    assert problems(corpus) == [f"clips: {shard.path.name}: {expected}"]


def test_a_dangling_reference_inside_a_list_is_found(corpus):
    segments = [Segment(role="user", modality="audio", clip_id="nowhere")]
    context = Context(
        context_id="x",
        kind="reflection",
        segments=segments,
        judge_text="",
        reference_clip_id=None,
        split="train",
    )
    commit(corpus, "contexts", "contexts.x", TABLES["contexts"].from_rows([context]))
    (problem,) = problems(corpus)
    assert "segments.clip_id: 1 values are not in clips.clip_id, such as nowhere" in problem


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_not_finite_is_found(lake, value):
    score = GenerationScore(generation_id="g", scorer="s", name="clap", value=value)
    rows = TABLES["generation_scores"].from_rows([score])
    commit(lake, "generation_scores", "scores.x", rows)
    assert any("value: 1 values are not finite" in problem for problem in problems(lake))


def test_a_vector_that_is_not_finite_is_found(lake):
    feature = Feature(subject_id="x", scorer="s", name="logits", window=0, vector=[0.0, math.nan])
    commit(lake, "features", "features.x", TABLES["features"].from_rows([feature]))
    (problem,) = problems(lake)
    assert "vector: 1 values are not finite, such as nan" in problem


def test_values_out_of_range_are_found(corpus):
    commit(corpus, "clips", "ingest.x", clip_rows([("x", "r0")], silence_ratio=1.5))
    (problem,) = problems(corpus)
    assert "silence_ratio: 1 values are not 0 to 1, such as 1.5" in problem


def test_values_out_of_range_inside_a_list_are_found(lake):
    caption = RichCaption(
        rich_caption_id="x",
        keywords=[],
        layout=[LayoutEvent(event="bell", start=-1.0, end=None, relation="start")],
        description=[],
        role="heard",
        exact=False,
        origin=ORIGIN,
    )
    commit(lake, "rich_captions", "rich.x", TABLES["rich_captions"].from_rows([caption]))
    (problem,) = problems(lake)
    assert "layout.start: 1 values are not >= 0, such as -1.0" in problem


def test_a_compacted_table_is_checked_too(corpus):
    old = corpus.shards("clips")
    new = write_compacted(corpus.folder("clips"), TABLES["clips"], old)
    corpus.replace("clips", old, new, "compact")
    assert verify(corpus) == []
    new[0].path.write_bytes(b"x" + new[0].path.read_bytes()[1:])
    (problem,) = problems(corpus)
    assert problem.startswith(f"clips: {new[0].path.name}: damaged")


def test_older_shards_may_lack_a_newer_column(lake, monkeypatch):
    commit(lake, "ledger", "step.old", ledger_rows("old"))
    declare(monkeypatch, Table("ledger", NewerRow, ("ledger_id",), version="1.1"))
    assert verify(lake) == []


def adopt(lake, rows):
    """Commit rows that no declared table would accept, as a damaged writer might."""
    folder = lake.folder("ledger")
    path = publish(
        folder / "shards", "step.odd", digest_of("x"), lambda path: pq.write_table(rows, path)
    )
    shard = lake.write_shard("ledger", "step.odd", digest_of("x"), ledger_rows("a"))
    path.rename(path.with_name("odd"))
    odd = path.with_name(f"step.odd-{shard.input_digest}-{path.stem[-16:]}.parquet")
    path.with_name("odd").rename(odd)
    lake.commit("ledger", [replace(shard, path=odd)], "test")


def test_a_missing_column_is_found(lake):
    adopt(lake, ledger_rows("a").drop_columns(["reason"]))
    (problem,) = problems(lake)
    assert problem.endswith("column reason is missing")


def test_a_column_of_another_type_is_found(lake):
    rows = ledger_rows("a")
    at = rows.schema.get_field_index("value")
    adopt(lake, rows.set_column(at, pa.field("value", pa.float32()), [pa.array([None], "float")]))
    (problem,) = problems(lake)
    assert "expected the column value: double, got value: float" in problem


def test_a_wrong_count_in_the_log_is_found(lake):
    adopt(lake, ledger_rows("a", "b"))
    (problem,) = problems(lake)
    assert problem.endswith("expected 1 rows, got 2")


def test_a_newer_table_is_a_finding(lake, monkeypatch):
    older = TABLES["ledger"]
    declare(monkeypatch, Table("ledger", NewerRow, ("ledger_id",), version="2.0"))
    Lake.create(lake.root).put("ledger", "step.x", TABLES["ledger"].from_rows([]), "test")
    declare(monkeypatch, older)
    (problem,) = problems(lake, "ledger")
    assert "expected schema 1.0 or older, got 2.0" in problem


def test_a_temporary_file_in_the_log_is_found(corpus):
    entry = corpus.folder("clips") / "_delta_log" / f"{corpus.version('clips') + 1:020d}.json"
    add = {"path": "shards/.x.tmp", "size": 1, "partitionValues": {}, "modificationTime": 0}
    stats = json.dumps({"numRecords": 1})
    entry.write_text(json.dumps({"add": add | {"dataChange": True, "stats": stats}}) + "\n")
    (problem,) = problems(corpus)
    assert problem.startswith("clips: .x.tmp: listed in the log, but no shard's name")


def test_what_hashes_well_but_is_no_parquet_is_found(lake):
    folder = lake.folder("ledger")
    written = lake.write_shard("ledger", "step.a", digest_of("x"), ledger_rows("a"))
    path = publish(folder / "shards", "step.a", digest_of("x"), lambda path: path.write_text("x"))
    lake.commit("ledger", [replace(written, path=path)], "test")
    (problem,) = problems(lake)
    assert problem.startswith(f"ledger: {path.name}: no file of ours")


def test_two_live_shards_in_one_slot_are_found(lake):
    one = commit(lake, "ledger", "step.a", ledger_rows("a"))
    two = lake.write_shard("ledger", "step.a", digest_of("y"), ledger_rows("b"))
    write_log(lake.log("ledger"), lake.folder("ledger"), [two], [], "test")
    assert one.path != two.path
    assert problems(lake) == ["ledger: 2 live shards in slot step.a"]
