"""What an export writes, the reader of that layout reads again: sounds, texts and rights."""

import pytest

from pipelines.exports.export import export
from pipelines.exports.form import Options
from pipelines.ingest.rows import Cutting
from pipelines.ingest.step import Ingest
from pipelines.sources.named import SourceOptions, source_named
from schemas.lake import Lake
from tests.pipelines.corpus_lake import run
from tests.pipelines.exports.lakes import SOUNDS, choice, corpus

KEPT = "abc"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("exports") / "lake")


def again(kept, folder, kind, reader, given, **options):
    """Export, ingest what was written with the reader of that layout, and return the new lake."""
    export(kept, folder / "out", kind, choice(kept), Options(name="mine"))
    lake = Lake.create(folder / "again")
    source = source_named(reader, str(folder / "out" / given), SourceOptions(**options))
    run(Ingest(source=source, cutting=Cutting(segment_s=0.0), threads=1), lake)
    return lake


def sounds_of(lake):
    """The PCM digest of each clip's sound by its captions."""
    texts = {row["clip_id"]: row["text"] for row in lake.read("captions").to_pylist()}
    return {texts.get(row["clip_id"]): row["pcm_sha256"] for row in lake.read("clips").to_pylist()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What ingest makes of the very sounds that were exported."""
    folder = tmp_path_factory.mktemp("sounds")
    lines = []
    for name in KEPT:
        (folder / f"{name}.flac").write_bytes(SOUNDS[name])
        lines.append(f'{{"path": "{name}.flac", "text": "sound {name}", "licence": "CC0"}}')
    (folder / "clips.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lake = Lake.create(folder / "lake")
    source = source_named("folder", str(folder / "clips.jsonl"), SourceOptions())
    run(Ingest(source=source, cutting=Cutting(segment_s=0.0), threads=1), lake)
    return sounds_of(lake)


def rights_of(lake):
    rows = lake.read("recordings").to_pylist()
    return sorted((row["licence"], row["attribution"]) for row in rows)


RIGHTS = [("CC-BY-4.0", "by a"), ("CC-BY-4.0", "by c"), ("CC0-1.0", "by b")]


def test_webdataset_tars_come_back_with_sounds_texts_and_rights(kept, tmp_path, expected):
    lake = again(kept, tmp_path, "webdataset", "webdataset", "")
    assert sounds_of(lake) == expected
    assert rights_of(lake) == RIGHTS
    originals = {row["original"] for row in lake.read("recordings").to_pylist()}
    assert originals == {"freesound:12", None}


def test_parquet_comes_back_with_sounds_texts_and_rights(kept, tmp_path, expected):
    lake = again(kept, tmp_path, "hf", "hf-parquet", "data")
    assert sounds_of(lake) == expected
    assert rights_of(lake) == RIGHTS
    subsets = {row["subset"] for row in lake.read("recordings").to_pylist()}
    assert subsets == {"train", "test"}


def test_the_releases_generation_rows_come_back_with_sounds_and_texts(kept, tmp_path, expected):
    options = {"audio": str(tmp_path / "out" / "sounds"), "licence": "CC0"}
    train = again(kept, tmp_path, "ualm", "ualm-generation", "train/text-to-audio.jsonl", **options)
    assert sounds_of(train) == {text: expected[text] for text in ("sound a", "sound b")}


def test_the_releases_understanding_rows_come_back_as_conversations(kept, tmp_path, expected):
    options = {"audio": str(tmp_path / "out" / "sounds")}
    lake = again(
        kept, tmp_path, "ualm", "ualm-understanding", "train/understanding.json", **options
    )
    (row,) = lake.read("conversations").to_pylist()
    said = [(turn["role"], turn["modality"], turn["text"]) for turn in row["turns"]]
    assert said == [
        ("user", "audio", None),
        ("user", "text", "What is it?"),
        ("assistant", "text", "A dog."),
    ]
    (clip,) = lake.read("clips").to_pylist()
    assert clip["pcm_sha256"] == expected["sound a"]


def test_the_releases_text_rows_come_back_as_conversations_without_sound(kept, tmp_path):
    export(kept, tmp_path / "out", "ualm", choice(kept), Options(name="mine"))
    (path,) = (tmp_path / "out").glob("*/text.jsonl")
    lake = Lake.create(tmp_path / "again")
    run(Ingest(source=source_named("ualm-text", str(path), SourceOptions()), threads=1), lake)
    (row,) = lake.read("conversations").to_pylist()
    said = [(turn["role"], turn["text"]) for turn in row["turns"]]
    assert said == [("user", "What is it?"), ("assistant", "A dog.")]
    assert row["clip_ids"] == []
