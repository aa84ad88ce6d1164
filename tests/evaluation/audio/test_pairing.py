import pytest

from evaluation.audio.clip import Crop
from evaluation.audio.pairing import paired, read_captions, sound_files
from evaluation.audio.sets import SetItem


@pytest.fixture
def folders(tmp_path):
    for side, stems in {"made": "abx", "real": "abr"}.items():
        (tmp_path / side).mkdir()
        for stem in stems:
            (tmp_path / side / f"{stem}.wav").write_bytes(b"")
    return tmp_path


def caption(item, reference, text="A bell", crop=None):
    return SetItem(item_id=item, text=text, reference_id=reference, crop=crop, group=reference)


def test_matching_names_what_is_missing_on_either_side(folders):
    captions = [caption("a", "a"), caption("c", "b"), caption("x", "q")]
    matching = paired(folders / "made", folders / "real", captions).matching()
    assert matching.matched == ["a"]
    assert matching.without_reference == ["x"]
    assert matching.without_caption == ["b"]
    assert matching.without_generated == ["c", "r"]


def test_what_was_not_given_is_not_missing(folders):
    matching = paired(folders / "made", None).matching()
    assert matching.without_reference == matching.without_caption == []
    assert matching.matched == ["a", "b", "x"]


def test_without_captions_stems_are_matched(folders):
    pairing = paired(folders / "made", folders / "real")
    assert [pairing.reference_of(stem) for stem in "ab"] == ["a", "b"]
    assert pairing.text_of("a") is None
    assert pairing.matching().without_reference == ["x"]
    assert pairing.matching().matched == ["a", "b"]


def test_a_real_sound_has_each_of_its_texts_once(folders):
    captions = [caption("a", "a"), caption("2", "a", "A dog"), caption("3", "a"), caption("4", "q")]
    pairing = paired(folders / "made", folders / "real", captions)
    assert pairing.real_texts() == [("a", "A bell"), ("a", "A dog"), ("b", None), ("r", None)]


def test_a_set_names_the_files_of_its_real_sounds(folders):
    pairing = paired(folders / "made", folders / "real", [caption("a", "id1")], {"id1": "b"})
    assert {name: own.path.name for name, own in pairing.real.items()} == {"id1": "b.wav"}
    assert pairing.matching().matched == ["a"]


def test_a_crop_belongs_to_the_real_sound(folders):
    ten = Crop(duration_s=10.0)
    pairing = paired(folders / "made", folders / "real", [caption("x", "a", crop=ten)])
    assert pairing.real["a"].crop == ten
    assert pairing.real["b"].crop is None
    with pytest.raises(ValueError, match="expected one part of a for all its captions, got two"):
        paired(folders / "made", None, [caption("1", "a", crop=ten), caption("2", "a")])


def test_two_sounds_of_one_stem_are_an_error(folders):
    (folders / "made" / "a.flac").write_bytes(b"")
    with pytest.raises(ValueError, match=r"share the stem 'a': a\.flac and a\.wav"):
        sound_files(folders / "made")


def test_a_missing_or_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected a folder of sounds"):
        sound_files(tmp_path / "none")
    with pytest.raises(ValueError, match="found none"):
        sound_files(tmp_path)


def test_captions_come_from_csv_or_jsonl(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,reference\nx,A bell,\ny,A dog,x\n")
    (tmp_path / "a.jsonl").write_text(
        '{"id": "x", "text": "A bell"}\n\n{"id": "y", "text": "A dog", "reference": "x"}\n'
    )
    expected = [caption("x", "x"), caption("y", "x", "A dog")]
    assert read_captions(tmp_path / "a.csv") == expected
    assert read_captions(tmp_path / "a.jsonl") == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "x", "expected an existing .jsonl or .csv"),
        ("a.jsonl", "", "found none"),
        ("a.jsonl", "{", "line 1: expected a JSON object, got '{'"),
        ("a.jsonl", "[1]", r"line 1: expected a JSON object"),
        ("a.jsonl", '{"id": "x"}', "caption 1: expected a new id and a text, got"),
        ("a.csv", "id,text\nx,a\nx,b\n", "caption 2: .* the id 'x' is there twice"),
        ("a.csv", "file;caption\nx;a\n", "a.csv: expected the columns id and text, got file;cap"),
        ("a.csv", "id,text\nx,caf\xe9\n", "a.csv: expected captions in UTF-8"),
        ("a.jsonl", '{"id": "x", "text": ["a"]}', "caption 1: expected a new id and a text, got"),
    ],
)
def test_malformed_captions_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match=message):
        read_captions(tmp_path / name)


def test_captions_of_other_files_than_the_generated_ones_are_an_error(folders):
    with pytest.raises(ValueError, match=r"ids are such as 'a\.wav', files in .* such as 'a'"):
        paired(folders / "made", None, [caption("a.wav", "a")])


def test_a_missing_caption_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected an existing"):
        read_captions(tmp_path / "none.jsonl")
