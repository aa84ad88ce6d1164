import json

import pytest

from pipelines.sources.wavcaps import ZIPPED
from tests.pipelines.sources.sets import defects, listed, opened, refusals, sounding, texts, written

ENTRIES = {
    "AudioSet_SL/as_final": {"id": "Yb0RFKhbpFJA.wav", "caption": "A dog.", "audio": "wav_path"},
    "BBC_Sound_Effects/bbc_final": {
        "id": "NHU05104074",
        "description": "Waves on shingle",
        "category": "Nature",
        "caption": "Waves.",
        "download_link": "https://x/NHU05104074.wav.zip",
    },
    "FreeSound/fsd_final": {
        "id": "180913",
        "file_name": "storm.wav",
        "href": "/people/ann/sounds/180913/",
        "tags": ["storm"],
        "author": "ann",
        "description": "at night",
        "caption": "Thunder rolls.",
    },
    "SoundBible/sb_final": {"id": "2219", "title": "Airplane", "caption": "An airplane."},
}


def document(*entries, captions=1):
    return json.dumps({"num_captions_per_audio": captions, "data": list(entries)})


@pytest.fixture
def folder(tmp_path):
    for name, entry in ENTRIES.items():
        written(tmp_path / f"json_files/{name}.json", document({**entry, "duration": 0.1}))
    return tmp_path


def test_all_four_files_are_read_and_a_count_that_is_not_the_published_one_is_told(folder):
    items = listed("wavcaps", folder, texts_only=True)
    good = [item for item in items if item.refusal is None]
    assert [item.original for item in good] == [
        "youtube:b0RFKhbpFJA",
        "bbc:NHU05104074",
        "freesound:180913",
        "soundbible:2219",
    ]
    assert refusals(items) == {"bad_total": 4}
    assert "expected 31201 entries in bbc_final.json, got 1" in items[3].refusal.detail
    assert [texts(item, "title") for item in good] == [
        [],
        ["Waves on shingle"],
        ["storm.wav"],
        ["Airplane"],
    ]
    captions = [text for item in good for text in item.texts if text.kind == "pseudo"]
    assert {text.model for text in captions} == {"ChatGPT (WavCaps)"}
    assert good[2].attribution == "ann (/people/ann/sounds/180913/)"
    assert {item.licence for item in good} == {"academic use only (WavCaps)"}


def test_sounds_are_found_as_the_zips_unpack_and_after_tidying(folder):
    sounding(folder / ZIPPED / "AudioSet_SL_flac/Yb0RFKhbpFJA.flac")
    sounding(folder / "FreeSound_flac/180913.flac")
    sounding(folder / "SoundBible/2219.flac")
    items = [item for item in listed("wavcaps", folder) if item.source_id[:5] != "total"]
    assert [item.uri is not None for item in items] == [True, False, True, True]
    assert refusals(items) == {"missing_audio": 1}
    assert {item.duration_s for item in items} == {0.1}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"id": "../../x", "caption": "x"}, "bad_row"),
        ({"id": None, "caption": "x"}, "bad_row"),
        ({"id": "7"}, "bad_row"),
        ({"id": "7", "caption": 5}, "bad_row"),
        ({"id": "7", "caption": " "}, "no_text"),
        ({"id": "7", "caption": "x", "duration": -1}, "bad_row"),
        ({"id": "7", "caption": "x", "duration": "long"}, "bad_row"),
        ([], "bad_row"),
    ],
)
def test_a_bad_entry_is_refused_alone(folder, entry, reason):
    good = ENTRIES["SoundBible/sb_final"]
    written(folder / "json_files/SoundBible/sb_final.json", document(entry, good))
    items = listed("wavcaps", folder, texts_only=True, subset="SoundBible")
    assert [item.refusal and item.refusal.reason for item in items] == [reason, None, "bad_total"]


def test_more_captions_than_declared_are_read_and_told(folder):
    entry = {**ENTRIES["SoundBible/sb_final"], "caption": ["one", "two"]}
    written(folder / "json_files/SoundBible/sb_final.json", document(entry))
    (item, _) = listed("wavcaps", folder, texts_only=True, subset="soundbible")
    assert texts(item, "pseudo") == ["one", "two"]
    assert defects([item]) == {("bad_total", "quarantine"): 1}


def test_a_file_that_was_cut_off_is_told(folder):
    path = folder / "json_files/SoundBible/sb_final.json"
    written(path, path.read_bytes()[:-8])
    items = listed("wavcaps", path, texts_only=True)
    assert refusals(items) == {"bad_row": 1, "truncated": 1, "bad_total": 1}


def test_an_unknown_file_has_to_be_said_what_it_is(folder):
    path = written(folder / "mine.json", document(ENTRIES["SoundBible/sb_final"]))
    with pytest.raises(ValueError, match="pass --subset to say which it is"):
        opened("wavcaps", path, texts_only=True)
    assert (
        opened("wavcaps", path, texts_only=True, subset="SoundBible").root == "wavcaps-SoundBible"
    )
