import pytest

from pipelines.ingest.step import Ingest
from pipelines.running.run import run_step
from schemas.lake import Lake
from tests.pipelines.sources.sets import (
    defects,
    listed,
    opened,
    refusals,
    sounding,
    texts,
    written,
)

HEADER = "audiocap_id,youtube_id,start_time,caption\r\n"
TEST = (
    HEADER
    + '1,7fmOlUlwoNg,20,"Rattling, loud"\r\n'
    + "2,-BJ455B1aAs,0,A rocket\r\n"
    + "3,7fmOlUlwoNg,20,Sharp vibrations\r\n"
)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "dataset/train.csv", HEADER + "9,r1nicOVtvkQ,130,A woman talks\r\n")
    written(tmp_path / "dataset/test.csv", TEST)
    return tmp_path


def test_rows_of_one_clip_are_one_item_with_all_its_captions(folder):
    items = listed("audiocaps", folder, texts_only=True)
    assert [item.source_id for item in items] == [
        "r1nicOVtvkQ_130000",
        "7fmOlUlwoNg_20000",
        "-BJ455B1aAs_0",
    ]
    assert texts(items[1], "human") == ["Rattling, loud", "Sharp vibrations"]
    first = items[0]
    assert (first.original, first.start_s, first.end_s) == ("youtube:r1nicOVtvkQ", 130, 140)
    assert (first.subset, first.licence, first.has_sound) == ("train", None, False)
    assert {text.licence for item in items for text in item.texts} == {"MIT"}


def test_folder_subset_and_file_give_the_same_items(folder):
    whole = listed("audiocaps", folder, texts_only=True)[1:]
    assert listed("audiocaps", folder, texts_only=True, subset="test") == whole
    assert listed("audiocaps", folder / "dataset/test.csv", texts_only=True) == whole
    roots = [
        opened("audiocaps", given, texts_only=True, subset=subset).root
        for given, subset in ((folder, None), (folder, "test"), (folder / "dataset/test.csv", None))
    ]
    assert roots == ["audiocaps", "audiocaps-test", "audiocaps-test"]


def test_a_row_for_an_old_clip_changes_that_item_alone_and_new_clips_come_behind(folder):
    before = listed("audiocaps", folder, texts_only=True, subset="test")
    more = TEST + "4,ZZZOlUlwoNg,5,A new clip\r\n5,-BJ455B1aAs,0,Another caption\r\n"
    written(folder / "dataset/test.csv", more)
    after = listed("audiocaps", folder, texts_only=True, subset="test")
    assert after[0] == before[0]
    assert texts(after[1]) == ["A rocket", "Another caption"]
    assert [item.source_id for item in after[2:]] == ["ZZZOlUlwoNg_5000"]


def test_sounds_are_found_by_any_of_their_names_and_missing_ones_are_said(folder, tmp_path):
    for name in ("7fmOlUlwoNg.wav", "Y-BJ455B1aAs.flac"):
        sounding(tmp_path / "wavs" / name)
    items = listed("audiocaps", folder, audio=str(tmp_path / "wavs"))
    assert [item.uri for item in items] == [None, "7fmOlUlwoNg.wav", "Y-BJ455B1aAs.flac"]
    assert refusals(items) == {"missing_audio": 1}
    assert "r1nicOVtvkQ.wav and" in items[0].refusal.detail
    sounding(tmp_path / "wavs/train/r1nicOVtvkQ.wav")
    again = listed("audiocaps", folder, audio=str(tmp_path / "wavs"))
    assert again[0].fingerprint != items[0].fingerprint
    assert again[1:] == items[1:]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("4,../../../etc,20,x", "bad_row"),
        ("4,short,20,x", "bad_row"),
        ("4,7fmOlUl\0oNg,20,x", "bad_row"),
        ("4,7fmOlUlXXNg,soon,x", "bad_row"),
        ("4,7fmOlUlXXNg,-3,x", "bad_row"),
        ("4,7fmOlUlXXNg,nan,x", "bad_row"),
        ("4,7fmOlUlXXNg,20", "bad_row"),
        ("4,7fmOlUlXXNg,20,x,y", "bad_row"),
        ("4,7fmOlUlXXNg,20,  ", "no_text"),
        ("4,7fmOlUlXXNg,20,a\0b", "bad_row"),
        ("4,7fmOlUlXXNg,20," + "x" * 2**20, "bad_row"),
    ],
)
def test_a_bad_row_is_refused_alone(folder, row, reason):
    written(folder / "dataset/test.csv", f"{TEST}{row}\r\n")
    items = listed("audiocaps", folder, texts_only=True, subset="test")
    assert refusals(items) == {reason: 1}
    assert len(items) == 3


def test_a_caption_in_another_encoding_is_refused(folder):
    written(folder / "dataset/test.csv", TEST.encode() + b"4,7fmOlUlXXNg,20,caf\xe9\r\n")
    assert refusals(listed("audiocaps", folder, texts_only=True)) == {"encoding": 1}


def test_blank_and_repeated_captions_of_a_clip_are_left_out_and_counted(folder):
    rows = "4,7fmOlUlwoNg,20,Sharp vibrations\r\n5,7fmOlUlwoNg,20,\r\n"
    written(folder / "dataset/test.csv", TEST + rows)
    items = listed("audiocaps", folder, texts_only=True, subset="test")
    assert texts(items[0]) == ["Rattling, loud", "Sharp vibrations"]
    assert defects(items) == {("duplicate", "drop"): 1, ("no_text", "drop"): 1}


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ("", {"subset": "dev"}, r"expected a subset of AudioCaps \(train, val, test\), got 'dev'"),
        ("", {"subset": "val"}, r"dataset/val\.csv; it holds none"),
        ("nowhere", {}, "found nothing there"),
        ("", {"text_column": "x"}, "AudioCaps has fixed columns: leave out --text-column"),
        ("", {"audio": "/nowhere"}, "found nothing at /nowhere"),
    ],
)
def test_a_mistake_is_told(folder, given, options, message):
    with pytest.raises(ValueError, match=message):
        opened("audiocaps", folder / given, **options)


def test_a_licence_can_be_stated_for_sounds_that_have_none(folder):
    items = listed("audiocaps", folder, texts_only=True, licence="CC-BY-4.0")
    assert {item.licence for item in items} == {"CC-BY-4.0"}


def test_another_licence_on_the_command_line_reads_the_set_again(folder):
    lake = Lake.create(folder / "lake")
    for licence in ("CC0-1.0", "CC-BY-4.0"):
        source = opened("audiocaps", folder, texts_only=True, licence=licence)
        assert run_step(Ingest(source=source), lake).errors == []
    assert lake.read("recordings")["licence"].to_pylist() == ["CC-BY-4.0"] * 3
