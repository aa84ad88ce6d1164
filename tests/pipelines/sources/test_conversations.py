import json

import pytest

from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from pipelines.sampling.blend import BLENDS
from pipelines.sampling.samples import Samples
from pipelines.sources.named import SourceOptions, source_named
from schemas.audio.sound import Limits
from schemas.lake import Lake
from schemas.verify import verify
from tests.pipelines.sources.containers import listed, reasons, sound, tar_of


def row(number, name, *texts, **more):
    said = [{"from": ("human", "gpt")[n % 2], "value": text} for n, text in enumerate(texts)]
    return {"id": str(number), "sound": name, "conversations": said, **more}


def write(path, rows):
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    else:
        path.write_text(json.dumps(rows, indent=2))


def source(given, kind="audioskills", **options):
    return source_named(kind, str(given), SourceOptions(**options))


@pytest.fixture
def sounds(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.flac").write_bytes(sound(number))
    return folder


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_all_rows_about_a_sound_are_one_item(tmp_path, sounds, suffix):
    rows = [
        row(1, "1.flac", "<sound>\nWhat?", "A dog."),
        row(2, "2.flac", "<sound>\nWhat?", "A cat."),
        row(3, "1.flac", "<sound>\nWhere?", "Outside."),
    ]
    write(tmp_path / f"set/a{suffix}", rows)
    write(tmp_path / f"set/b{suffix}", [row(4, "1.flac", "Loud?", "Yes.")])
    made = source(tmp_path / "set", audio=str(sounds))
    first, second = listed(made)
    assert (first.source_id, second.source_id) == ("1.flac", "2.flac")
    assert [talk.turns[-1][1] for talk in first.talks] == ["A dog.", "Outside.", "Yes."]
    assert first.talks[0].licence == "NVIDIA OneWay Noncommercial License"
    assert made.receive(first, Limits()).sound.frames == 19_200


def test_a_grown_set_only_appends_items(tmp_path, sounds):
    rows = [row(n, f"{n % 2 + 1}.flac", f"{n}?", f"{n}.") for n in range(4)]
    write(tmp_path / "set/a.json", rows)
    before = [item.source_id for item in listed(source(tmp_path / "set", audio=str(sounds)))]
    rows += [row(9, "1.flac", "more?", "yes"), row(10, "9.flac", "new?", "yes")]
    write(tmp_path / "set/a.json", rows)
    after = [item.source_id for item in listed(source(tmp_path / "set", audio=str(sounds)))]
    assert after == [*before, "9.flac"]


def test_every_row_that_cannot_be_used_says_why(tmp_path, sounds):
    rows = [
        row(1, "9.flac", "<sound>What?", "A dog."),
        row(2, ["1.flac", "2.flac"], "<sound-1><sound-2>Which?", "The first."),
        row(3, "1.flac", "<sound>What?"),
        row(4, "../1.flac", "<sound>What?", "A dog."),
        row(5, 7, "<sound>What?", "A dog."),
        {"id": "6", "sound": "1.flac"},
        "no row",
    ]
    write(tmp_path / "set/a.json", rows)
    items = listed(source(tmp_path / "set", audio=str(sounds)))
    assert sorted(reasons(items).values()) == [
        "bad_row",
        "bad_row",
        "bad_row",
        "missing_audio",
        "no_turns",
        "path_escapes",
        "several_sounds",
    ]
    assert len(items) == 7


def test_what_is_left_out_of_an_item_is_told(tmp_path, sounds):
    rows = [
        row(1, "1.flac", "<sound>What?", "A dog."),
        row(2, "1.flac", "<sound>What?", "A dog."),
        row(3, ["1.flac", "2.flac"], "<sound-1>Hm?", "A dog.", "<sound-2>And?", "A cat."),
    ]
    write(tmp_path / "set/a.json", rows)
    (item,) = listed(source(tmp_path / "set", audio=str(sounds)))
    assert len(item.talks) == 2
    assert [(d.reason, d.decision) for d in item.defects] == [
        ("duplicate", "drop"),
        ("several_sounds", "drop"),
    ]


def test_the_same_words_without_a_sound_are_one_conversation(tmp_path):
    text = {"id": "1", "conversations": row(1, None, "Hi", "Hello")["conversations"]}
    write(tmp_path / "set/a.json", [text])
    write(tmp_path / "set/b.json", [text | {"id": "2"}])
    first, second = listed(source(tmp_path / "set"))
    assert not first.has_sound
    assert first.source_id == second.source_id  # so that ingest refuses the second as a duplicate


def test_sounds_of_known_parts_are_named_after_their_originals(tmp_path, sounds):
    (sounds / "YvfY_TJq7n_U.flac").write_bytes(sound(3))
    write(tmp_path / "set/AudioSet.json", [row(1, "/x/YvfY_TJq7n_U.flac", "What?", "A dog.")])
    (item,) = listed(source(tmp_path / "set", audio=str(sounds)))
    assert (item.original, item.subset) == ("youtube:vfY_TJq7n_U", "AudioSet")


def test_one_file_of_a_set_may_be_named(tmp_path, sounds):
    for name in ("a", "b"):
        write(tmp_path / f"set/{name}.json", [row(1, "1.flac", f"{name}?", "Yes.")])
    (item,) = listed(source(tmp_path / "set", audio=str(sounds), subset="b"))
    assert item.subset == "b"
    with pytest.raises(ValueError, match="there are a, b"):
        source(tmp_path / "set", subset="c")


def test_a_conversation_about_a_sound_needs_it(tmp_path):
    write(tmp_path / "set/a.json", [row(1, "1.flac", "What?", "A dog.")])
    with pytest.raises(ValueError, match="audioskills has no use for --texts-only"):
        source(tmp_path / "set", texts_only=True)


@pytest.mark.slow
def test_conversations_become_samples_of_understanding_and_of_text(tmp_path):
    (tmp_path / "sounds.tar").write_bytes(tar_of([("af/1.flac", sound(1, 12.0))]))
    rows = [
        row(1, "/af/1.flac", "<sound>\nWhat?", "<think>It barks.</think>A dog.", duration=12.0),
        row(2, "/af/1.flac", "<sound>\nWhere?", "Outside.", "Sure?", "Yes."),
        {"id": "3", "conversations": row(3, None, "1+1?", "2")["conversations"]},
    ]
    write(tmp_path / "set/think.json", rows)
    lake = Lake.create(tmp_path / "lake")
    made = source(tmp_path / "set", "af-think", audio=str(tmp_path / "sounds.tar"))
    assert run_step(Ingest(source=made), lake).errors == []
    (tmp_path / "text.jsonl").write_text(json.dumps({"input": "2+2?", "output": "4"}) + "\n")
    mixed = source(tmp_path / "text.jsonl", "llama-nemotron")
    assert run_step(Ingest(source=mixed), lake).errors == []
    assert run_step(Samples(stage="pretrain", blend=BLENDS["pretrain"]), lake).errors == []
    samples = lake.scan("samples").collect().to_dicts()
    assert sorted(sample["task"] for sample in samples) == ["audio-to-text"] * 2 + ["text"] * 2
    clips = lake.scan("clips").collect().to_dicts()
    assert [clip["duration_s"] for clip in clips] == [12.0]  # whole: it is all spoken of
    about = [s["segments"] for s in samples if s["task"] == "audio-to-text"]
    assert {segments[0]["clip_id"] for segments in about} == {clips[0]["clip_id"]}
    answers = {s["text"]: s["loss"] for segments in about for s in segments if s["text"]}
    assert answers["<think>It barks.</think>A dog."]
    assert answers["Yes."]
    assert not answers["What?"]
    licences = {row["licence"] for row in lake.scan("conversations").collect().to_dicts()}
    assert licences == {"NVIDIA OneWay Noncommercial License", "CC-BY-4.0"}
    assert verify(lake) == []
