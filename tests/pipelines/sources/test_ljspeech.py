import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

ROWS = (
    'LJ001-0001|"Printing," in 1450|"Printing," in fourteen fifty\n',
    "LJ001-0002|in being|in being\n",
)


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "metadata.csv", "".join(ROWS))
    sounding(tmp_path / "wavs/LJ001-0001.wav")
    return tmp_path


def test_the_transcript_is_what_is_spoken(folder):
    items = listed("ljspeech", folder)
    assert texts(items[0], "transcript") == ['"Printing," in fourteen fifty']
    assert (items[0].uri, items[0].original) == ("wavs/LJ001-0001.wav", "ljspeech:LJ001-0001")
    assert items[0].licence == items[0].texts[0].licence == "public domain"
    assert refusals(items) == {"missing_audio": 1}
    assert listed("ljspeech", folder / "metadata.csv") == items


def test_bad_rows_are_refused_alone_and_a_missing_spoken_form_is_mended(folder):
    rows = "".join(
        [
            *ROWS,
            "LJ001-0003|Dr. Who|\n",
            "LJ001-0004||\n",
            "LJ001-0005|only one\n",
            "LJ001-0006|a|b|c\n",
            "../LJ001-0007|a|b\n",
            "|a|b\n",
        ]
    )
    written(folder / "metadata.csv", rows.encode() + b"LJ001-0008|caf\xe9|x\n")
    items = listed("ljspeech", folder, texts_only=True)
    assert texts(items[2]) == ["Dr. Who"]
    assert defects(items) == {("no_text", "repair"): 1}
    assert refusals(items) == {"no_text": 1, "bad_row": 4, "encoding": 1}
