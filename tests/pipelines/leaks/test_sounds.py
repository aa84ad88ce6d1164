"""Evaluation sets with sounds: found by fingerprint though nothing else is shared."""

import json

import numpy as np
import pytest
import soundfile

from pipelines.duplicates.fingerprints import Fingerprint
from pipelines.leaks.decontaminate import Decontaminate
from pipelines.leaks.evaluation_set import EvaluationSet
from pipelines.leaks.index import unheard
from pipelines.leaks.reading import ReadEvaluationSets
from pipelines.running.run import run_step
from schemas.corpus import Audio, AudioBytes
from schemas.lake import Lake
from tests.pipelines.corpus_lake import clip, put, read
from tests.pipelines.encoding.encode_lake import flac

RATE = 16_000


def tune(seed, seconds=6.0):
    """Notes of a fifth of a second with overtones: no two seeds sound alike."""
    random = np.random.default_rng(seed)
    time = np.arange(int(0.2 * RATE)) / RATE
    notes = []
    for pitch in random.uniform(150, 900, int(seconds / 0.2)):
        tones = [random.uniform(0.2, 1) * np.sin(2 * np.pi * pitch * k * time) for k in range(1, 5)]
        notes.append(np.sum(tones, axis=0) * np.hanning(len(time)))
    sound = np.concatenate(notes)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def add_clips(lake, sounds):
    put(lake, "clips", [clip(name) for name in sounds])
    kept = {name: AudioBytes(bytes=flac(sound)) for name, sound in sounds.items()}
    put(lake, "audio", [Audio(clip_id=n, sample_rate=RATE, audio=one) for n, one in kept.items()])


@pytest.fixture
def lake(tmp_path):
    made = Lake.create(tmp_path / "lake")
    add_clips(made, {"leak": tune(1), "late": tune(2)[RATE:], "other": tune(3)})
    assert run_step(Fingerprint(), made).errors == []
    return made


@pytest.fixture
def mmau(tmp_path):
    """Two questions about sounds of which the lake has one as it was, one from a second later."""
    (tmp_path / "sounds").mkdir()
    items = []
    for name, seed in (("one", 1), ("two", 2), ("gone", None)):
        if seed is not None:
            soundfile.write(tmp_path / f"sounds/{name}.mp3", tune(seed), RATE)
        question = f"Which instrument plays in {name}?"
        items.append(
            {"id": name, "audio_id": f"./x/{name}.mp3", "question": question, "choices": []}
        )
    (tmp_path / "mmau.json").write_text(json.dumps(items))
    path, audio = str(tmp_path / "mmau.json"), str(tmp_path / "sounds")
    return EvaluationSet(name="mmau", kind="mmau", path=path, audio=audio)


def ran(lake, *sets):
    assert run_step(ReadEvaluationSets(sets=sets), lake).errors == []
    summary = run_step(Decontaminate(), lake)
    assert summary.errors == []
    return summary


def verdicts(lake):
    return {
        d["row_id"]: (d["keep"], d["reason"], json.loads(d["evidence"])["hits"][0]["items"])
        for d in read(lake, "decisions")
    }


@pytest.mark.slow
def test_a_reencoded_sound_and_a_part_of_one_are_found_and_barred(lake, mmau):
    summary = ran(lake, mmau)
    assert verdicts(lake) == {
        "leak": (False, "fingerprint", ["one"]),
        "late": (False, "fingerprint", ["two"]),
    }
    assert summary.counts.dropped == {"fingerprint": 2}
    assert unheard(lake) == {}


@pytest.mark.slow
def test_an_item_whose_sound_is_missing_is_compared_by_its_question_and_told(lake, mmau):
    ran(lake, mmau)
    items = {row["item_id"]: row for row in read(lake, "evaluation_items")}
    assert items["gone"]["fingerprint"] is None
    assert items["gone"]["passages"]
    told = [row for row in read(lake, "ledger") if row["table"] == "evaluation_items"]
    assert [(r["row_id"], r["decision"], r["reason"]) for r in told] == [
        ("mmau/gone", "repair", "missing_audio")
    ]


@pytest.mark.slow
def test_a_sound_that_came_later_is_read_by_the_next_run(lake, mmau, tmp_path):
    ran(lake, mmau)
    soundfile.write(tmp_path / "sounds/gone.mp3", tune(3), RATE)
    ran(lake, mmau)
    assert verdicts(lake)["other"] == (False, "fingerprint", ["gone"])


@pytest.mark.slow
def test_clips_without_a_fingerprint_of_the_sets_version_are_counted(lake, mmau):
    put(lake, "clips", [clip("new")], "ingest", "b-00000")
    ran(lake, mmau)
    assert unheard(lake) == {"embedded-spectral@1": 1}
