import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = (
    "caption_id,track_id,caption,is_valid_subset,familiarity,artist_id,album_id,path,duration\n"
)
ROWS = (
    "859,1004034,Electronic music,True,0,368880,118196,34/1004034.mp3,202.5\n",
    '233,1009671,"Rock, with\na country vibe",,0,7063,118858,71/1009671.mp3,160.1\n',
    "990,1007274,Acoustic guitar,False,1,429137,118548,74/1007274.mp3,140.2\n",
    "810,1009671,Upbeat,True,2,7063,118858,71/1009671.mp3,160.1\n",
)
LICENCES = """34/1004034.mp3
Song by Ann from Jamendo: http://www.jamendo.com/track/1004034
Available under a Creative Commons Attribution license: http://creativecommons.org/licenses/by/3.0/

71/1009671.mp3
Tune by Bob from Jamendo: http://www.jamendo.com/track/1009671
Available under a licence: http://creativecommons.org/licenses/by-nc-sa/3.0/
"""


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "song_describer.csv", HEADER + "".join(ROWS))
    written(tmp_path / "audio_licenses.txt", LICENCES)
    return tmp_path


def test_a_track_is_one_item_with_all_its_captions(folder):
    items = listed("songdescriber", folder, texts_only=True)
    assert [item.source_id for item in items] == ["1004034", "1009671", "1007274"]
    second = items[1]
    assert texts(second, "human") == ["Rock, with\na country vibe", "Upbeat"]
    assert (second.original, second.subset) == ("jamendo:1009671", "valid")
    assert second.licence == "http://creativecommons.org/licenses/by-nc-sa/3.0/"
    assert second.attribution == "Tune by Bob from Jamendo: http://www.jamendo.com/track/1009671"
    assert second.uploader == "jamendo artist 7063"
    assert {text.licence for text in second.texts} == {"CC-BY-SA-4.0"}
    assert defects(items) == {("unmatched_row", "quarantine"): 1}


def test_the_validated_subset_has_validated_captions_only(folder):
    items = listed("songdescriber", folder, texts_only=True, subset="valid")
    assert [texts(item) for item in items] == [["Electronic music"], ["Upbeat"]]


def test_the_excerpt_is_read_not_the_track_of_the_path(folder):
    sounding(folder / "audio/34/1004034.2min.mp3.wav")
    (folder / "audio/34/1004034.2min.mp3.wav").rename(folder / "audio/34/1004034.2min.mp3")
    items = listed("songdescriber", folder)
    assert items[0].uri == "audio/34/1004034.2min.mp3"
    assert items[0].duration_s is None
    assert refusals(items) == {"missing_audio": 2}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,1000001,x,True,0,1,1,71/1009671.mp3,160.1\n", "shifted"),
        ("1,1000001,x,True,0,1,1,../../1000001.mp3,160.1\n", "bad_row"),
        ("1,1000001,,True,0,1,1,01/1000001.mp3,160.1\n", "no_text"),
        ("1,one,x,True,0,1,1,01/1000001.mp3,160.1\n", "bad_row"),
    ],
)
def test_a_bad_row_is_refused_alone(folder, row, reason):
    written(folder / "song_describer.csv", HEADER + "".join(ROWS) + row)
    items = listed("songdescriber", folder, texts_only=True)
    assert (len(items), refusals(items)) == (4, {reason: 1})
