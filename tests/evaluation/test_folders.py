import json

import numpy as np
import pytest
import soundfile

from evaluation.folders import evaluated_folders, read_captions, sound_files
from tests.evaluation.scenes import EVENTS, RATE, sound_of


def write(folder, stem, samples, suffix="wav"):
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / f"{stem}.{suffix}", samples, RATE)


@pytest.fixture
def folders(tmp_path):
    """Six events: generated are other takes of the same event; two stems lack a partner."""
    rng = np.random.default_rng(1)
    texts = []
    for i, event in enumerate(EVENTS):
        write(tmp_path / "real", f"clip{i}", sound_of([event], rng, 1.0))
        write(tmp_path / "made", f"clip{i}", sound_of([event], rng, 1.0))
        texts.append({"id": f"clip{i}", "text": f"A recording of {event}."})
    write(tmp_path / "real", "unmade", np.zeros(RATE))
    write(tmp_path / "made", "extra", sound_of(["rain"], rng, 1.0))
    (tmp_path / "made" / "broken.wav").write_bytes(b"no sound")
    captions = tmp_path / "texts.jsonl"
    captions.write_text("".join(json.dumps(row) + "\n" for row in texts))
    return tmp_path


def test_matching_names_what_is_missing_on_either_side(folders, judge):
    done = []
    result = evaluated_folders(
        judge, (folders / "made", folders / "real"), folders / "texts.jsonl", advance=done.append
    )
    matching = result.matching
    assert matching.matched == [f"clip{i}" for i in range(6)]
    assert matching.without_reference == ["broken", "extra"]
    assert matching.without_caption == ["broken", "extra"]
    assert matching.without_generated == ["unmade"]
    assert matching.unusable == {"generated/broken": "undecodable"}
    assert sum(done) == 8 + 7


def test_rows_count_what_was_left_out(folders, judge):
    result = evaluated_folders(judge, (folders / "made", folders / "real"), folders / "texts.jsonl")
    cl = next(r for r in result.measured.rows if (r.name, r.row_kind) == ("cl", "system"))
    assert (cl.system, cl.dataset, cl.n, cl.n_missing) == ("made", "folder:real", 6, 2)
    noise = next(r for r in result.measured.rows if (r.name, r.row_kind) == ("cl", "noise"))
    assert cl.value > noise.value
    assert json.loads(json.dumps(result.as_json(), allow_nan=False))["metrics"]


def test_six_clips_cannot_establish_trust(folders, judge):
    result = evaluated_folders(judge, (folders / "made", folders / "real"), folders / "texts.jsonl")
    assert all("plumbing" in r.note for r in result.measured.rows if r.name == "cl")


def test_a_folder_without_a_readable_sound_is_an_error(folders, judge):
    (folders / "bad").mkdir()
    (folders / "bad" / "a.wav").write_bytes(b"")
    with pytest.raises(ValueError, match=r"no sound in .*bad could be read"):
        evaluated_folders(judge, (folders / "bad", folders / "real"), folders / "texts.jsonl")


def test_two_sounds_of_one_stem_are_an_error(folders):
    write(folders / "made", "clip0", np.zeros(RATE), suffix="flac")
    with pytest.raises(ValueError, match=r"share the stem 'clip0': clip0\.flac and clip0\.wav"):
        sound_files(folders / "made")


def test_a_missing_or_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected a folder of sounds"):
        sound_files(tmp_path / "none")
    with pytest.raises(ValueError, match="found none"):
        sound_files(tmp_path)


def test_captions_come_from_csv_or_jsonl(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\nx,A bell\n")
    (tmp_path / "a.jsonl").write_text('{"id": "x", "text": "A bell"}\n\n')
    assert (
        read_captions(tmp_path / "a.csv") == read_captions(tmp_path / "a.jsonl") == {"x": "A bell"}
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "x", "expected an existing .jsonl or .csv"),
        ("a.jsonl", "", "found none"),
        ("a.jsonl", "{", "line 1: expected a JSON object, got '{'"),
        ("a.jsonl", "[1]", r"line 1: expected a JSON object"),
        ("a.jsonl", '{"id": "x"}', "caption 1: expected a new id and a text, got"),
        ("a.csv", "id,text\nx,a\nx,b\n", "caption 2: .* the id 'x' is there twice"),
    ],
)
def test_malformed_captions_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        read_captions(tmp_path / name)


def test_a_missing_caption_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected an existing"):
        read_captions(tmp_path / "none.jsonl")
