import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.originals import KINDS, original_of
from tests.places import DATA

CAPTIONS = DATA / "captions"
IDS = st.text("abcYZ019_-", min_size=11, max_size=11)


@pytest.mark.parametrize(
    "raw",
    [
        "vfY_TJq7n_U",
        "YvfY_TJq7n_U.wav",
        "vfY_TJq7n_U.flac",
        "audio/train/YvfY_TJq7n_U.MP3",
        "vfY_TJq7n_U_130000",
        "vfY_TJq7n_U_130_140.wav",
        "YvfY_TJq7n_U_130.000_140.000.wav",
        "./audio/vfY_TJq7n_U_00-01-32_00-02-02.wav",
        "https://www.youtube.com/watch?list=x&v=vfY_TJq7n_U&t=3s",
        "https://youtu.be/vfY_TJq7n_U?t=3",
        "youtube.com/shorts/vfY_TJq7n_U",
        "youtube:vfY_TJq7n_U",
    ],
)
def test_every_spelling_of_a_video_is_one_name(raw):
    assert original_of("youtube", raw) == "youtube:vfY_TJq7n_U"


@given(IDS, st.integers(0, 600), st.sampled_from(["", "_{}", "_{}000", "_{}_{}", "_{}.000"]))
def test_prefix_suffix_and_times_never_change_an_id(youtube_id, start, times):
    stem = youtube_id + times.format(start, start + 10)
    for raw in (stem, f"{stem}.wav", f"Y{stem}.flac", f"a/b/Y{stem}"):
        assert original_of("youtube", raw) == f"youtube:{youtube_id}"


@pytest.mark.parametrize(
    ("kind", "raw", "name"),
    [
        ("freesound", "117790", "freesound:117790"),
        ("freesound", 117790, "freesound:117790"),
        ("freesound", "64760.wav", "freesound:64760"),
        ("freesound", "64760_ann.wav", "freesound:64760"),
        ("freesound", "http://freesound.org/people/the_yura/sounds/211527/", "freesound:211527"),
        ("jamendo", "34/1004034.2min.mp3", "jamendo:1004034"),
        ("jamendo", "track_0001004034", "jamendo:1004034"),
        ("jamendo", "https://www.jamendo.com/track/1004034", "jamendo:1004034"),
        ("fma", "000/000002.mp3", "fma:2"),
        ("bbc", "NHU05104074.wav", "bbc:NHU05104074"),
        ("bbc", "07076051", "bbc:07076051"),
        ("soundbible", "2219", "soundbible:2219"),
        ("soundbible", "http://soundbible.com/grab.php?id=2219&type=wav", "soundbible:2219"),
        ("soundbible", "http://soundbible.com/2219-Airplane.html", "soundbible:2219"),
        ("ljspeech", "wavs/LJ001-0001.wav", "ljspeech:LJ001-0001"),
    ],
)  # fmt: skip
def test_other_originals_have_one_name_each(kind, raw, name):
    assert original_of(kind, raw) == name
    assert original_of(kind, name) == name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("raw", ["", "Not found", "../../x", "a\0b", "ü" * 11, None, "²", " - "])
def test_what_is_no_name_gives_none(kind, raw):
    assert original_of(kind, raw) is None


def test_an_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match=r"expected a kind of original of youtube, .*'vimeo'"):
        original_of("vimeo", "x")


@pytest.mark.realdata
@pytest.mark.skipif(not CAPTIONS.is_dir(), reason="no real captions here")
def test_the_wavcaps_blacklist_covers_957_of_the_975_test_clips_of_audiocaps():
    blacklist = json.loads((CAPTIONS / "wavcaps/blacklist_exclude_test_ac.json").read_text())
    listed = {original_of("youtube", name) for name in blacklist["AudioSet"]}
    with (CAPTIONS / "audiocaps/test.csv").open(newline="") as file:
        clips = {original_of("youtube", row["youtube_id"]) for row in csv.DictReader(file)}
    assert None not in clips | listed
    assert (len(clips), len(clips & listed)) == (975, 957)
    assert not {name[0] for name in blacklist["AudioSet"]} - {"Y"}
