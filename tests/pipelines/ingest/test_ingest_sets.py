"""Published sets in their real layouts, from their real sounds to the tables."""

import json
import shutil
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import soundfile

from pipelines.corpus.entries.entry import Running
from pipelines.corpus.entries.sounds import IngestEntry
from pipelines.ingest.plan import Sharding
from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sources.named import SourceOptions, source_named
from schemas.lake import Lake
from tests.pipelines.sources.sets import sounding, written
from tests.places import DATA

TARGETS = {"dog bark": 0, "baby cry": 20, "rain": 10, "sea waves": 11, "rooster": 1}


def ingested(tmp_path, kind, given, *, items=64, **options):
    lake = Lake.create(tmp_path / "lake")
    source = source_named(kind, str(given), SourceOptions(**options))
    sharding = Sharding(items=items, most_items=items)
    summary = run_step(Ingest(source=source, sharding=sharding), lake)
    assert summary.errors == []
    return lake, summary.counts


def rows(lake, table):
    return lake.scan(table).collect()


def esc10(root):
    """Arrange 5 classes x 15 real clips as ESC-50 has them: wav, meta/esc50.csv and LICENSE."""
    clips = [json.loads(line) for line in (DATA / "clips.jsonl").read_text().splitlines()]
    lines, credits_ = ["filename,fold,target,category,esc10,src_file,take"], []
    for clip in clips:
        if clip["label"] not in TARGETS or "esc10" not in clip["path"]:
            continue
        fold, src_file, take = Path(clip["path"]).stem.split("-")
        target = TARGETS[clip["label"]]
        name = f"{fold}-{src_file}-{take}-{target}.wav"
        samples, rate = soundfile.read(DATA / clip["path"], dtype="int16")
        (root / "audio").mkdir(parents=True, exist_ok=True)
        soundfile.write(root / "audio" / name, samples, rate)
        category = clip["label"].replace(" ", "_")
        lines.append(f"{name},{fold},{target},{category},True,{src_file},{take}")
        credits_.append(
            f"- [{fold}-{src_file}-{take}.ogg]: {clip['attribution']} [{clip['licence']}]"
        )
    written(root / "meta/esc50.csv", "\n".join(lines) + "\n")
    written(root / "LICENSE", "\n".join(credits_) + "\n")
    return len(lines) - 1


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="no real clips here")
def test_esc10_becomes_clips_with_labels_licences_and_originals(tmp_path):
    count = esc10(tmp_path / "ESC-50")
    lake, counts = ingested(tmp_path, "esc50", tmp_path / "ESC-50", items=20, subset="esc10")
    assert (counts.rows_in, counts.produced) == (count, count)
    recordings, captions = rows(lake, "recordings"), rows(lake, "captions")
    assert recordings["original"].str.starts_with("freesound:").all()
    assert set(recordings["licence"].unique()) <= {"CC0", "CC-BY"}
    assert recordings["uploader"].null_count() == 0
    assert Counter(captions["text"]) == dict.fromkeys(TARGETS, 15)
    assert set(captions["text_kind"]) == {"label"}
    assert set(captions["scope"]) == {"clip"}
    assert rows(lake, "ledger").is_empty()


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="no real clips here")
def test_ljspeech_becomes_clips_with_transcripts(tmp_path):
    root = tmp_path / "LJSpeech-1.1"
    shutil.copytree(DATA / "audio/ljspeech", root / "wavs")
    clips = [json.loads(line) for line in (DATA / "clips.jsonl").read_text().splitlines()]
    said = {Path(c["path"]).stem: c["text"] for c in clips if c["kind"] == "speech"}
    lines = [f"{name}|{text}|{text}" for name, text in sorted(said.items())]
    written(root / "metadata.csv", "\n".join([*lines, "LJ001-0011|gone|gone"]) + "\n")
    lake, counts = ingested(tmp_path, "ljspeech", root)
    assert (counts.rows_in, counts.produced, dict(counts.dropped)) == (11, 10, {"missing_audio": 1})
    joined = rows(lake, "captions").join(rows(lake, "recordings"), on="recording_id")
    assert dict(zip(joined["source_id"], joined["text"], strict=True)) == said
    assert set(joined["text_kind"]) == {"transcript"}


def test_texts_alone_and_then_with_sound_are_one_source(tmp_path):
    header = "audiocap_id,youtube_id,start_time,caption\n"
    body = "1,7fmOlUlwoNg,20,Rattling\n2,7fmOlUlwoNg,20,Vibrations\n3,aaaaaaaaaaa,0,A bell\n"
    listing = written(tmp_path / "test.csv", header + body + "4,bad,0,x\n")
    lake, counts = ingested(tmp_path, "audiocaps", listing, texts_only=True)
    assert (counts.rows_in, counts.produced) == (3, 2)
    assert (rows(lake, "clips").height, rows(lake, "captions").height) == (0, 3)
    before = rows(lake, "recordings").filter(pl.col("original").is_not_null())
    assert set(before["original"]) == {"youtube:7fmOlUlwoNg", "youtube:aaaaaaaaaaa"}
    sounding(tmp_path / "wavs/7fmOlUlwoNg.wav", seconds=3)
    lake, counts = ingested(tmp_path, "audiocaps", listing, audio=str(tmp_path / "wavs"))
    assert (counts.produced, dict(counts.dropped)) == (1, {"missing_audio": 1})
    captions = rows(lake, "captions")
    assert set(captions["text"]) == {"Rattling", "Vibrations"}
    assert captions["clip_id"].null_count() == 0
    after = rows(lake, "recordings").filter(pl.col("original").is_not_null())
    assert set(after["recording_id"]) == set(before["recording_id"])
    assert Counter(rows(lake, "ledger")["reason"]) == {"missing_audio": 1, "bad_row": 1}


def test_defects_are_rows_of_the_ledger_beside_the_items_that_are_used(tmp_path):
    header = "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\n"
    written(tmp_path / "clotho_captions_evaluation.csv", f"{header}a.wav,one,two,,one,five\n")
    lake, counts = ingested(tmp_path, "clotho", tmp_path, texts_only=True)
    ledger = rows(lake, "ledger")
    assert counts.produced == 1
    assert sorted(zip(ledger["reason"], ledger["decision"], strict=True)) == [
        ("duplicate", "drop"),
        ("no_text", "drop"),
    ]
    assert rows(lake, "captions").height == 3


def test_a_cut_off_sound_never_passes_as_a_short_one(tmp_path):
    sounding(tmp_path / "audio/SoundBible/7.wav", seconds=1.2)
    entry = {"id": "7", "caption": "A bell.", "duration": 14.1}
    document = {"num_captions_per_audio": 1, "data": [entry]}
    listing = written(tmp_path / "sb_final.json", json.dumps(document))
    _, counts = ingested(tmp_path, "wavcaps", listing)
    assert dict(counts.quarantined) == {"truncated": 1, "bad_total": 1}


def test_a_corpus_file_says_where_a_set_is_from_its_own_folder(tmp_path):
    header = "audiocap_id,youtube_id,start_time,caption\n"
    written(tmp_path / "sets/dataset/test.csv", f"{header}1,7fmOlUlwoNg,20,Rattling\n")
    sounding(tmp_path / "wavs/Y7fmOlUlwoNg.wav")
    entry = IngestEntry(
        step="ingest", source="audiocaps", input="sets", audio="wavs", subset="test", licence="CC0"
    )
    (step,) = entry.steps(Lake.create(tmp_path / "lake"), Running(folder=tmp_path))
    (item,) = step.source.items()
    assert (item.uri, item.subset, item.licence) == ("Y7fmOlUlwoNg.wav", "test", "CC0")
    assert Running(folder=tmp_path).place("s3://bucket/a.tar") == "s3://bucket/a.tar"


AUDIOCAPS = "audiocap_id,youtube_id,start_time,caption\n"


@pytest.mark.parametrize("part_first", [True, False])
def test_a_set_is_read_whole_or_part_by_part_and_never_both(tmp_path, part_first):
    written(tmp_path / "train.csv", AUDIOCAPS + "1,7fmOlUlwoNg,20,Rattling\n")
    written(tmp_path / "test.csv", AUDIOCAPS + "2,aaaaaaaaaaa,0,A bell\n")
    for part in ("train", "test"):
        ingested(tmp_path / "parts", "audiocaps", tmp_path, subset=part, texts_only=True)
    given = [tmp_path / "test.csv", tmp_path] if part_first else [tmp_path, tmp_path / "test.csv"]
    lake, _ = ingested(tmp_path, "audiocaps", given[0], texts_only=True)
    with pytest.raises(ValueError, match="either whole or part by part"):
        ingested(tmp_path, "audiocaps", given[1], texts_only=True)
    assert rows(lake, "recordings").height == (1 if part_first else 2)
    ingested(tmp_path, "audiocaps", given[1], texts_only=True, name="audiocaps-again")


def test_a_part_of_a_mix_never_takes_away_the_others(tmp_path):
    for part in ("code", "math"):
        said = {"input": f"{part}?", "output": "yes", "category": part}
        written(tmp_path / f"set/{part}.jsonl", json.dumps(said) + "\n")
    ingested(tmp_path, "ualm-text", tmp_path / "set", subset="math")
    lake, _ = ingested(tmp_path, "ualm-text", tmp_path / "set")
    with pytest.raises(ValueError, match=r"other parts too, such as 'code'"):
        ingested(tmp_path, "ualm-text", tmp_path / "set", subset="math")
    assert rows(lake, "conversations").height == 2
