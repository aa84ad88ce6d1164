import pytest

from tests.pipelines.sources.sets import defects, listed, refusals, sounding, texts, written

HEADER = "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\n"
ABOUT = "file_name,keywords,sound_id,sound_link,start_end_samples,manufacturer,license\n"
BY = "http://creativecommons.org/licenses/by/3.0/"


def row(name, *captions):
    return ",".join([name, *(captions or [f"{name} {n}" for n in range(5)])]) + "\n"


def about(name, sound_id="80399", span="[44100, 88200]", who="Bénboncan"):
    link = f"https://freesound.org/people/x/sounds/{sound_id}"
    return f'{name},a;b,{sound_id},{link},"{span}",{who},{BY}\n'


@pytest.fixture
def folder(tmp_path):
    written(tmp_path / "clotho_captions_validation.csv", HEADER + row("a b.wav") + row("c.wav"))
    written(tmp_path / "clotho_captions_evaluation.csv", HEADER + row("c.wav"))
    rows = ABOUT + about("a b.wav") + about("c.wav", "Not found", "", "x")
    written(tmp_path / "clotho_metadata_validation.csv", rows.encode("latin-1"))
    return tmp_path


def test_an_item_has_five_captions_and_the_licence_of_its_file(folder):
    items = listed("clotho", folder, texts_only=True)
    names = ["validation/a b.wav", "validation/c.wav", "evaluation/c.wav"]
    assert [item.source_id for item in items] == names
    first, second, third = items
    assert texts(first, "human") == [f"a b.wav {n}" for n in range(5)]
    assert (first.licence, first.uploader, first.original) == (BY, "Bénboncan", "freesound:80399")
    assert "Bénboncan (https://freesound.org" in first.attribution
    assert (first.start_s, first.end_s) == (1, 2)
    assert second.original is None
    assert (third.licence, third.defects) == (None, ())
    assert "non-commercial" in first.texts[0].licence
    assert not refusals(items)


def test_sounds_lie_in_the_folder_of_their_part(folder):
    sounding(folder / "validation/a b.wav")
    sounding(folder / "evaluation/c.wav")
    items = listed("clotho", folder)
    assert [item.uri for item in items] == ["validation/a b.wav", None, "evaluation/c.wav"]


@pytest.mark.parametrize("there", [" e ieio.wav", "e ieio.wav"])
def test_a_name_that_begins_with_a_space_finds_its_sound_however_it_was_unpacked(tmp_path, there):
    listing = written(tmp_path / "clotho_captions_validation.csv", HEADER + row(" e ieio.wav"))
    sounding(tmp_path / "validation" / there)
    (item,) = listed("clotho", listing)
    assert (item.source_id, item.uri) == ("validation/e ieio.wav", f"validation/{there}")


def test_captions_without_metadata_and_metadata_without_captions_are_both_told(folder):
    rows = ABOUT + about("c.wav") + about("d.wav") + about("c.wav", "7")
    written(folder / "clotho_metadata_validation.csv", rows.encode("latin-1"))
    items = listed("clotho", folder, texts_only=True)
    assert defects(items[:3]) == {("unmatched_row", "quarantine"): 1}
    assert refusals(items) == {"unmatched_row": 1, "duplicate": 1}
    assert items[1].original == "freesound:80399"
    assert items[3].source_id == "metadata:d.wav"


@pytest.mark.parametrize(("encoding", "told"), [("latin-1", 0), ("utf-8", 1), ("cp1252", 1)])
def test_metadata_in_another_encoding_are_read_and_told(folder, encoding, told):
    rows = ABOUT + about("a b.wav", who="Zoë\u2019s" if encoding == "cp1252" else "Zoë")
    written(folder / "clotho_metadata_validation.csv", rows.encode(encoding))
    items = listed("clotho", folder, texts_only=True)
    assert items[0].uploader in {"Zoë", "Zoë\u2019s"}
    assert defects(items[:1]) == ({("encoding", "repair"): 1} if told else {})


def test_metadata_may_have_semicolons(folder):
    rows = (ABOUT + about("a b.wav").replace('"', "")).replace(",", ";").replace("a;b", "a")
    rows = rows.replace("[44100; 88200]", "[44100, 88200]")
    written(folder / "clotho_metadata_validation.csv", rows)
    assert listed("clotho", folder, texts_only=True)[0].original == "freesound:80399"


def test_the_files_that_wavcaps_publishes_are_validation_and_evaluation(tmp_path):
    written(tmp_path / "val.csv", HEADER + row("a.wav"))
    written(tmp_path / "test.csv", HEADER + row("a.wav"))
    items = listed("clotho", tmp_path, texts_only=True)
    assert [item.subset for item in items] == ["validation", "evaluation"]
    assert listed("clotho", tmp_path / "test.csv", texts_only=True) == items[1:]
    assert listed("clotho", tmp_path, texts_only=True, subset="test") == items[1:]


def test_hostile_rows_are_refused_alone(folder):
    rows = [
        row("../../etc/passwd"),
        row("/etc/passwd"),
        row("b\0.wav"),
        row("blank.wav", "", " ", "", "", ""),
        row("few.wav", "one"),
        row("some.wav", "one", "", "one", "two", "three"),
    ]
    captions = (HEADER + "".join(rows)).encode() + row("caf\xe9.wav").encode("latin-1")
    written(folder / "clotho_captions_evaluation.csv", captions)
    items = listed("clotho", folder, subset="evaluation")
    assert refusals(items) == {
        "path_escapes": 2,
        "bad_row": 2,
        "no_text": 1,
        "missing_audio": 2,
    }
    assert defects(items) == {
        ("no_text", "drop"): 1,
        ("duplicate", "drop"): 1,
        ("encoding", "repair"): 1,
    }
    assert items[-1].source_id == "evaluation/café.wav"


def test_a_span_that_is_none_is_told(folder):
    rows = ABOUT + about("a b.wav", span="soon")
    written(folder / "clotho_metadata_validation.csv", rows.encode("latin-1"))
    (item, *_) = listed("clotho", folder, texts_only=True)
    assert item.start_s is None
    assert defects([item]) == {("bad_row", "quarantine"): 1}
