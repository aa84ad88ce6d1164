import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources.named import SourceOptions, source_named
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import listed, reasons, sound

AUDIO = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(path, sounds, **columns):
    names = {"audio": pa.array(sounds, AUDIO)}
    pq.write_table(pa.table(names | columns), path, row_group_size=3)


def held(*seeds):
    return [{"bytes": sound(seed), "path": f"{seed}.flac"} for seed in seeds]


def source(given, **options):
    return source_named("hf-parquet", str(given), SourceOptions(**options))


def test_rows_are_items_with_their_texts_and_sounds(tmp_path):
    write(tmp_path / "train-00000-of-00002.parquet", held(1, 2), caption=["one", "two"])
    write(tmp_path / "train-00001-of-00002.parquet", held(3), caption=["three"])
    made = source(tmp_path)
    items = listed(made)
    assert [(i.texts[0].text, i.texts[0].kind, i.subset) for i in items] == [
        ("one", "human", "train"),
        ("two", "human", "train"),
        ("three", "human", "train"),
    ]
    assert items[2].source_id == "train-00001-of-00002.parquet:0"
    assert {made.receive(item, Limits()).sound.frames for item in items} == {19_200}


def test_sounds_come_right_in_whatever_order_they_are_asked_for(tmp_path):
    sounds = [{"bytes": sound(0, 1 + row / 100), "path": None} for row in range(70)]
    table = pa.table({"audio": pa.array(sounds, AUDIO), "text": ["x"] * 70})
    pq.write_table(table, tmp_path / "a.parquet")
    made = source(tmp_path)
    items = listed(made)
    for row in (0, 69, 68, 5, 40, 0):
        assert made.receive(items[row], Limits()).sound.frames == 16_000 + row * 160


def test_several_texts_of_a_row_are_several_captions(tmp_path):
    write(tmp_path / "a.parquet", held(1, 2), captions=[["a", "b", "a", " "], []])
    first, second = listed(source(tmp_path))
    assert [text.text for text in first.texts] == ["a", "b"]
    assert [defect.reason for defect in second.defects] == ["no_text"]


def test_the_names_of_classes_are_labels(tmp_path):
    audio = pa.array(held(1, 2), AUDIO)
    table = pa.table({"audio": audio, "label": [1, -1]})
    features = {
        "audio": {"_type": "Audio"},
        "label": {"names": ["cat", "dog"], "_type": "ClassLabel"},
    }
    said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    pq.write_table(table.replace_schema_metadata(said), tmp_path / "a.parquet")
    first, second = listed(source(tmp_path))
    assert [(text.text, text.kind) for text in first.texts] == [("dog", "label")]
    assert second.texts == ()


def test_a_transcript_is_one_and_credits_are_kept(tmp_path):
    columns = {"sentence": ["hello"], "license": ["CC0-1.0"], "uploader": ["ann"]}
    write(tmp_path / "a.parquet", held(1), **columns)
    (item,) = listed(source(tmp_path))
    assert (item.texts[0].kind, item.texts[0].licence) == ("transcript", "CC0-1.0")
    assert (item.licence, item.uploader) == ("CC0-1.0", "ann")


def test_sounds_that_are_only_named_are_found_beside_the_file_and_nowhere_else(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "1.flac").write_bytes(sound(1))
    (tmp_path / "2.flac").write_bytes(sound(2))
    named = ["1.flac", "/their/1.flac", "../2.flac", "3.flac"]
    rows = [{"bytes": None, "path": path} for path in named]
    write(folder / "a.parquet", rows, caption=["x"] * 4)
    made = source(folder)
    items = listed(made)
    assert reasons(items) == {"a.parquet:2": "path_escapes", "a.parquet:3": "missing_audio"}
    assert {made.receive(item, Limits()).sound.frames for item in items[:2]} == {19_200}


def test_a_row_without_a_sound_is_missing_one(tmp_path):
    write(tmp_path / "a.parquet", [*held(1), None], caption=["x", "y"])
    made = source(tmp_path)
    with pytest.raises(DecodeError, match="missing_audio"):
        made.receive(listed(made)[1], Limits())


def test_a_broken_file_among_others_is_told_and_passed_over(tmp_path):
    write(tmp_path / "a.parquet", held(1), caption=["x"])
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:500])
    write(tmp_path / "c.parquet", held(2), caption=["y"])
    items = listed(source(tmp_path))
    assert reasons(items) == {"b.parquet:file": "unreadable"}
    assert len(items) == 3


def test_a_listing_reads_no_sound(tmp_path):
    write(tmp_path / "a.parquet", held(1, 2, 3), caption=["x"] * 3)
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    chunk = pq.read_metadata(tmp_path / "a.parquet").row_group(0).column(0)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    (tmp_path / "a.parquet").write_bytes(data)
    made = source(tmp_path)
    items = listed(made)
    assert [item.refusal for item in items] == [None] * 3
    with pytest.raises(DecodeError, match="unreadable"):
        made.receive(items[0], Limits())


def test_only_a_subset_is_read_where_one_is_named(tmp_path):
    for name in ("train-00000-of-00001", "test-00000-of-00001"):
        write(tmp_path / f"{name}.parquet", held(1), caption=["x"])
    assert [item.subset for item in listed(source(tmp_path, subset="test"))] == ["test"]
    with pytest.raises(ValueError, match="there are test, train"):
        source(tmp_path, subset="dev")


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"said": ["x"], "also": ["y"]}, {}, "name one of said, also with --text-column"),
        ({"said": ["x"]}, {"text_column": "text"}, "'text' is none of said"),
    ],
)
def test_columns_that_cannot_be_told_are_one_clear_error(tmp_path, columns, options, message):
    write(tmp_path / "a.parquet", held(1), **columns)
    with pytest.raises(ValueError, match=message):
        source(tmp_path, **options)


def test_a_column_of_texts_may_be_named(tmp_path):
    write(tmp_path / "a.parquet", held(1), said=["x"], also=["y"])
    (item,) = listed(source(tmp_path, text_column="also"))
    assert item.texts[0].text == "y"


def test_a_table_without_sounds_gives_texts_alone(tmp_path):
    pq.write_table(pa.table({"caption": ["x", "y"]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="expected one column of sounds"):
        source(tmp_path)
    items = listed(source(tmp_path, texts_only=True))
    assert [(item.has_sound, item.texts[0].text) for item in items] == [(False, "x"), (False, "y")]
