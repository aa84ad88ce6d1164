import json

import numpy as np
import pytest
import soundfile

from pipelines.sources.named import SourceOptions, source_named
from pipelines.sources.ualm_generation import stretch_of
from schemas.audio.sound import DecodeError, Limits, Sound
from tests.pipelines.sources.containers import listed, reasons


def write(folder, *rows):
    (folder / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def row(start, end, caption="a dog", location="/abs/path/ramp.wav", **more):
    times = {"start_time": start, "end_time": end}
    return {"location": location, **times, "caption": caption, "sample_rate": 8_000, **more}


@pytest.fixture
def folder(tmp_path):
    ramp = (np.arange(8_000 * 4) / 2**16).astype(np.float32)
    soundfile.write(tmp_path / "ramp.wav", ramp, 8_000, subtype="FLOAT")
    return tmp_path


def source(folder, **options):
    return source_named("ualm-generation", str(folder / "m.jsonl"), SourceOptions(**options))


def test_a_row_is_its_stretch_of_the_file_to_the_frame(folder):
    write(folder, row(1.5, 3.0, duration=1.5))
    made = source(folder)
    (item,) = listed(made)
    assert (item.start_s, item.end_s, item.uri) == (1.5, 3.0, "ramp.wav")
    sound = made.receive(item, Limits()).sound
    np.testing.assert_array_equal(sound.samples[:, 0] * 2**16, np.arange(12_000, 24_000))


def test_captions_of_one_stretch_are_one_item_and_other_stretches_are_others(folder):
    write(folder, row(0, 2, "a"), row(2, 4, "b"), row(0.0, 2.0, "c"), row(0, 2, "a"))
    first, second = listed(source(folder))
    assert first.source_id == "abs/path/ramp.wav@0.000-2.000"
    assert [text.text for text in first.texts] == ["a", "c"]
    assert [text.text for text in second.texts] == ["b"]


def test_a_file_that_ends_before_its_stretch_is_truncated(folder):
    write(folder, row(2, 4.05), row(2, 4.2), row(5, 6))
    made = source(folder)
    near, far, behind = listed(made)
    assert made.receive(near, Limits()).sound.frames == 16_000
    for item in (far, behind):
        with pytest.raises(DecodeError, match=r"truncated: expected sound up to .* ends at 4\.000"):
            made.receive(item, Limits())


def test_without_an_end_a_stretch_has_its_duration_or_the_rest(folder):
    write(folder, row(1, None, duration=2.0), row(1, None))
    made = source(folder)
    frames = [made.receive(item, Limits()).sound.frames for item in listed(made)]
    assert frames == [16_000, 24_000]


def test_rows_that_name_no_stretch_say_so(folder):
    write(
        folder,
        row(3, 1),
        row(-1, 1),
        row("x", 1),
        row(0, 10**400),
        row(0, 1, location=7),
        row(0, 1, location="../ramp.wav"),
        row(0, 1, location="gone.wav"),
    )
    assert sorted(reasons(listed(source(folder))).values()) == [
        *["bad_row"] * 5,
        "missing_audio",
        "path_escapes",
    ]


def test_captions_alone_need_no_file(folder):
    write(folder, row(0, 1, location="gone.wav"))
    (item,) = listed(source(folder, texts_only=True))
    assert (item.has_sound, item.refusal, item.texts[0].text) == (False, None, "a dog")


def test_a_stretch_from_none_to_none_is_all():
    sound = Sound(samples=np.zeros((10, 1), np.float32), sample_rate=10, decoder="none")
    assert stretch_of(sound, None, None).frames == 10
