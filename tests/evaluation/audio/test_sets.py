"""Evaluation sets: known sizes on the official files, and what a changed file is told."""

from collections import Counter
from pathlib import Path

import pytest

from evaluation.audio.clip import Crop
from evaluation.audio.sets import EVALUATION_SETS, read_set
from tests.places import DATA

CAPTIONS = DATA / "captions"
official = pytest.mark.skipif(not CAPTIONS.is_dir(), reason="needs ../shared/data")

HEADER = "audiocap_id,youtube_id,start_time,caption\n"
SONGS = ",".join(EVALUATION_SETS["songdescriber"].columns) + "\n"


def written(tmp_path: Path, rows: str, header: str = HEADER, name: str = "test.csv") -> Path:
    path = tmp_path / name
    path.write_text(header + rows, encoding="utf-8")
    return path


@pytest.mark.realdata
@official
def test_audiocaps_has_4875_captions_of_975_clips_five_each():
    found = read_set("audiocaps-test", CAPTIONS / "audiocaps" / "test.csv")

    assert (len(found.items), len(found.reference_ids)) == (4875, 975)
    assert set(Counter(item.group for item in found.items).values()) == {5}
    assert found.notes == ()
    assert found.digest == EVALUATION_SETS["audiocaps-test"].digest
    assert found.texts["103549"] == "Constant rattling noise and sharp vibrations"
    assert found.items[0].reference_id == "7fmOlUlwoNg"


@pytest.mark.realdata
@official
def test_songdescriber_has_1106_captions_of_706_tracks():
    found = read_set("songdescriber", CAPTIONS / "songdescriber", crop="10s")

    assert (len(found.items), len(found.reference_ids)) == (1106, 706)
    assert found.notes == ()
    assert {item.crop for item in found.items} == {Crop(start_s=0.0, duration_s=10.0)}
    assert found.crop == "10s"


@pytest.mark.realdata
@official
def test_the_whole_list_read_as_the_one_without_singing_is_told_by_its_sizes():
    found = read_set("songdescriber-nosinging", CAPTIONS / "songdescriber" / "song_describer.csv")

    assert "1106 captions of 706 real sounds" in found.notes[0]
    assert "586 of 446" in found.notes[0]


@pytest.mark.realdata
@official
def test_a_file_with_one_caption_changed_is_told_though_its_sizes_agree(tmp_path):
    text = (CAPTIONS / "audiocaps" / "test.csv").read_text(encoding="utf-8")
    path = tmp_path / "test.csv"
    path.write_text(text.replace("Constant rattling", "Constant clattering", 1), encoding="utf-8")

    (note,) = read_set("audiocaps-test", path).notes

    assert "not the published file" in note


def test_the_published_sizes_of_the_list_without_singing_are_586_of_446():
    known = EVALUATION_SETS["songdescriber-nosinging"]

    assert (known.items, known.references) == (586, 446)


def test_the_captions_of_one_sound_share_its_group_and_its_reference(tmp_path):
    path = written(tmp_path, "1,abc,0,A bell\n2,abc,0,Ringing\n3,def,0,A dog\n")

    found = read_set("audiocaps-test", path)

    assert [item.group for item in found.items] == ["abc", "abc", "def"]
    assert found.reference_ids == ("abc", "def")
    assert found.texts == {"1": "A bell", "2": "Ringing", "3": "A dog"}


def test_without_a_crop_all_of_a_reference_file_is_heard(tmp_path):
    (item,) = read_set("audiocaps-test", written(tmp_path, "1,abc,30,A bell\n")).items

    assert item.crop is None


def test_a_crop_of_two_minutes_is_120_seconds_from_the_start(tmp_path):
    path = written(tmp_path, "1,7,A song,,1,2,3,07/7.mp3,200\n", SONGS)

    (item,) = read_set("songdescriber", path, crop="2min").items

    assert item.crop == Crop(start_s=0.0, duration_s=120.0)


def test_real_sounds_are_found_under_any_of_their_usual_names(tmp_path):
    found = read_set("audiocaps-test", written(tmp_path, "1,abc,0,x\n2,def,0,y\n3,ghi,0,z\n"))

    assert found.references(["Yabc", "def", "other"]) == {"abc": "Yabc", "def": "def"}


def test_the_two_minute_excerpts_are_found_under_their_official_names(tmp_path):
    path = written(tmp_path, "1,7,A song,,1,2,3,07/7.mp3,200\n", SONGS)

    assert read_set("songdescriber", path).references(["7.2min"]) == {"7": "7.2min"}


def test_a_folder_with_a_copy_for_each_caption_gives_each_sound_once(tmp_path):
    found = read_set("audiocaps-test", written(tmp_path, "1,abc,0,x\n2,abc,0,y\n3,ghi,0,z\n"))

    assert found.references(["1", "2", "3"]) == {"abc": "1", "ghi": "3"}


def test_a_sound_under_two_names_is_an_error(tmp_path):
    found = read_set("audiocaps-test", written(tmp_path, "1,abc,0,x\n"))

    with pytest.raises(ValueError, match="abc is there as abc and as Yabc"):
        found.references(["abc", "Yabc"])


def test_published_statistics_of_another_set_are_refused(tmp_path):
    path = written(tmp_path, "1,7,A song,,1,2,3,07/7.mp3,200\n", SONGS)
    found = read_set("songdescriber", path)
    fd, kl = "__channels2__44100__openl3music.npz", "__collectmean__reference_probabilities.pkl"

    found.check_statistics(Path(f"stable-audio__song-describer{fd}"))
    found.check_statistics(Path("mine.npz"))
    for other in ("song-describer-nosinging", "audiocaps-test"):
        for suffix in (fd, kl):
            with pytest.raises(ValueError, match="is no reference of songdescriber: take stable"):
                found.check_statistics(Path(f"stable-audio__{other}{suffix}"))


def test_a_folder_with_the_official_file_will_do(tmp_path):
    written(tmp_path, "1,abc,0,A bell\n")

    assert len(read_set("audiocaps-test", tmp_path).items) == 1


@pytest.mark.parametrize(
    ("rows", "header", "problem"),
    [
        ("1,abc,0,x\n1,def,0,y\n", HEADER, "line 3: .*'1' is there twice"),
        ("1,abc,0,\n", HEADER, "line 2: expected a new audiocap_id"),
        ("1,abc\n", HEADER, "line 2: expected a new audiocap_id"),
        ("", HEADER, "found none"),
        ("1,x\n", "id,text\n", "no file of audiocaps-test: expected the columns audiocap_id"),
    ],
    ids=["twice", "no-caption", "short-row", "empty", "other-columns"],
)
def test_a_file_that_is_none_of_the_set_is_refused_by_line(tmp_path, rows, header, problem):
    with pytest.raises(ValueError, match=problem):
        read_set("audiocaps-test", written(tmp_path, rows, header))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "test.csv"
    path.write_bytes(HEADER.encode() + b"1,abc,0,\xff\xfe\n")

    with pytest.raises(ValueError, match="expected a CSV file in UTF-8"):
        read_set("audiocaps-test", path)


def test_an_unknown_set_a_missing_file_and_an_unknown_crop_are_named(tmp_path):
    with pytest.raises(ValueError, match="expected one of the evaluation sets audiocaps-test"):
        read_set("audiocap", tmp_path)
    with pytest.raises(ValueError, match=r"no captions at .*test\.csv: expected test\.csv"):
        read_set("audiocaps-test", tmp_path)
    with pytest.raises(ValueError, match="expected one of the crops file, 10s, 2min; got '5s'"):
        read_set("audiocaps-test", written(tmp_path, "1,abc,0,x\n"), crop="5s")  # type: ignore[arg-type]
