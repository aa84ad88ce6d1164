import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = (
    ",album,artist,set,set,track,track,track,track\n"
    ",comments,name,split,subset,genre_top,genres,license,title\n"
    "track_id,,,,,,,,\n"
)
ROWS = (
    "2,0,AWOL,training,small,Hip-Hop,[21],Attribution-NonCommercial 3.0,Food\n",
    '3,"<p>a\nbio, long</p>",Ann,test,large,,"[10, 99]",Attribution,\n',
    "5,0,,validation,medium,,[],,This World\n",
    "20,0,Bob,training,full,,[],CC0,\n",
)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "fma_metadata/tracks.csv", HEADER + "".join(ROWS))
    written(tmp_path / "fma_metadata/genres.csv", "genre_id,title\n21,Hip-Hop\n10,Pop\n")
    return tmp_path


def test_a_track_has_its_title_its_genres_and_its_licence(folder):
    items = listed("fma", folder, texts_only=True)
    first, second, third, fourth = items
    assert (texts(first, "title"), texts(first, "label")) == (["Food"], ["Hip-Hop"])
    assert (texts(second, "title"), texts(second, "label")) == ([], ["Pop"])
    assert (first.original, first.licence) == ("fma:2", "Attribution-NonCommercial 3.0")
    assert first.attribution == "Food by AWOL (Free Music Archive)"
    assert (third.licence, third.uploader) == (None, None)
    assert fourth.refusal.reason == "no_text"
    assert [item.subset for item in items[:3]] == ["training", "test", "validation"]
    assert defects(items) == {("unknown_label", "drop"): 1}


@pytest.mark.parametrize(
    ("subset", "tracks"),
    [
        ("small", ["2"]),
        ("medium", ["2", "5"]),
        ("large", ["2", "3", "5"]),
        ("full", ["2", "3", "5", "20"]),
        ("val", ["5"]),
        ("test", ["3"]),
    ],
)
def test_a_size_holds_the_smaller_ones(folder, subset, tracks):
    items = listed("fma", folder, texts_only=True, subset=subset)
    assert [item.source_id for item in items] == tracks


def test_sounds_lie_in_the_folder_of_a_size(folder):
    sounding(folder / "x.wav")
    (folder / "fma_small/000").mkdir(parents=True)
    (folder / "x.wav").rename(folder / "fma_small/000/000002.mp3")
    items = listed("fma", folder, subset="medium")
    assert refusals(items) == {"missing_audio": 2}
    items = listed("fma", folder, subset="small")
    assert [item.uri for item in items] == ["fma_small/000/000002.mp3"]


def test_another_table_is_an_error(folder):
    written(folder / "fma_metadata/tracks.csv", "track_id,title\n2,Food\n")
    with pytest.raises(ValueError, match=r"expected a header with track_id, track\.title"):
        listed("fma", folder, texts_only=True)
