"""The verdicts on a lake: who is kept, what growth changes, and what a rerun writes."""

import hashlib
import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from pipelines.duplicates.audio import DedupAudio
from pipelines.duplicates.captions import DedupCaptions
from pipelines.duplicates.fingerprints import Fingerprint
from pipelines.duplicates.grouping import Grouping
from pipelines.duplicates.run import Deduplication
from pipelines.running.run import run_step
from schemas.corpus import Audio, AudioBytes
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.verify import verify
from tests.pipelines.corpus_lake import caption, clip, put, read
from tests.pipelines.duplicates.test_sounds import sound


def flac(waveform):
    file = io.BytesIO()
    soundfile.write(file, waveform, 16_000, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def add(lake, root, sounds, **facts):
    """One shard of clips with their sounds, by name; equal sounds have equal hashes."""
    clips = [
        replace(
            clip(name),
            pcm_sha256=hashlib.sha256(waveform.tobytes()).hexdigest(),
            duration_s=round(len(waveform) / 16_000, 3),
            **facts.get(name, {}),
        )
        for name, waveform in sounds.items()
    ]
    audio = [
        Audio(clip_id=name, sample_rate=16_000, audio=AudioBytes(bytes=flac(waveform)))
        for name, waveform in sounds.items()
    ]
    put(lake, "clips", clips, root=root)
    put(lake, "audio", audio, root=root)


def lake_at(folder):
    """c1 is c0 once more, c2 is c0 softer and cut, c3 and c4 are other sounds."""
    lake = Lake.create(folder)
    base = sound(0, 3)
    sounds = {
        "c0": base,
        "c1": base.copy(),
        "c2": base[400:] * np.float32(0.5),
        "c3": sound(1, 3),
        "c4": sound(2, 3),
    }
    add(lake, "a-00000", sounds)
    return lake


@pytest.fixture
def lake(tmp_path):
    return lake_at(tmp_path / "lake")


def deduplicated(lake, **options):
    done = list(Deduplication(**options).run(lake))
    assert not any(one.summary.failed for one in done), [one.summary.errors for one in done]
    return done


def verdicts(lake, table="clips"):
    return {row["row_id"]: row for row in read(lake, "decisions") if row["table"] == table}


def kept(lake, table="clips"):
    return {row_id: row["keep"] for row_id, row in verdicts(lake, table).items()}


def shards(lake):
    return {shard.slot: shard.path.read_bytes() for shard in lake.shards("decisions")}


def test_one_of_each_sound_is_kept_and_each_other_says_why(lake):
    deduplicated(lake, captions="off")
    assert kept(lake) == {"c0": True, "c1": False, "c2": False}
    found = verdicts(lake)
    assert (found["c1"]["reason"], found["c1"]["evidence"]) == ("exact_audio", "c0 pcm_sha256")
    assert found["c2"]["reason"] == "near_audio"
    assert found["c2"]["evidence"] == "c0 embedded-spectral@1"
    assert found["c2"]["value"] > found["c2"]["threshold"] == 0.74
    assert {row["cluster"] for row in found.values()} == {"c0"}
    assert [found for found in verify(lake) if found.table == "decisions"] == []


def test_without_fingerprints_only_equal_sounds_are_found(lake):
    deduplicated(lake, captions="off", fingerprint="off")
    assert kept(lake) == {"c0": True, "c1": False}


def test_a_run_with_nothing_new_writes_nothing(lake):
    deduplicated(lake)
    before = shards(lake), lake.versions()
    done = deduplicated(lake)
    assert all(one.summary.pending_rows == 0 for one in done)
    assert (shards(lake), lake.versions()) == before


def test_verdicts_made_anew_are_those_that_were_committed(lake):
    deduplicated(lake)
    before = shards(lake)
    for path in (lake.root / "plans").iterdir():
        path.unlink()
    deduplicated(lake)
    assert shards(lake) == before


def test_a_keeper_stays_when_a_better_one_is_added(lake):
    deduplicated(lake, captions="off")
    before = shards(lake)
    add(
        lake,
        "b-00000",
        {"b9": sound(0, 3), "b8": sound(1, 3), "b7": sound(9, 3)},
        b9={"bandwidth_hz": 16_000.0},
        b8={"bandwidth_hz": 16_000.0},
    )
    deduplicated(lake, captions="off")
    assert kept(lake) == {
        "c0": True, "c1": False, "c2": False, "b9": False,
        "c3": True, "b8": False,  # c3 was alone, and kept
    }  # fmt: skip
    add(lake, "c-00000", {"x1": sound(11, 3), "x2": sound(11, 3)})
    before = shards(lake)
    deduplicated(lake, captions="off")
    after = shards(lake)
    assert {slot: after[slot] for slot in before} == before  # byte for byte, not written again
    assert set(after) - set(before) == {"dedup.audio.c-00000"}


def test_more_bandwidth_wins_and_a_human_text_beats_it(tmp_path):
    for told, keeper in (([], "c1"), ([caption("c0", "A bell")], "c0")):
        lake = Lake.create(tmp_path / keeper)
        facts = {"c1": {"bandwidth_hz": 16_000.0}}
        add(lake, "a-00000", {"c0": sound(0, 2), "c1": sound(0, 2)}, **facts)
        put(lake, "captions", told, root="a-00000")
        deduplicated(lake, fingerprint="off", captions="off")
        assert kept(lake) == {"c0": keeper == "c0", "c1": keeper == "c1"}


def test_two_stretches_of_one_recording_are_no_near_duplicates(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    one = {"recording_id": "r"}
    sounds = {"c0": sound(0, 3), "c1": sound(0, 3)[300:]}
    add(lake, "a-00000", sounds, c0=one, c1=one)
    deduplicated(lake, captions="off")
    assert kept(lake) == {}


def test_both_engines_commit_the_same_shards(tmp_path):
    committed = []
    for engine in ("local", "beam"):
        lake = lake_at(tmp_path / engine)
        put(lake, "captions", [caption("c3", "A dog barks"), caption("c3", "dogs barking")])
        deduplicated(lake, grouping=Grouping(engine=engine))
        committed.append(shards(lake))
    assert committed[0] == committed[1]


CAPTIONS = [
    caption("c0", "A dog barks", name="k0"),
    caption("c1", "dogs barking!", name="k1"),  # of a sound that is dropped
    caption("c3", "The dog is barking", name="k2"),  # of another sound
    caption("c3", "A dog barks", "pseudo", name="k3"),
    caption("c4", "A cat barks", name="k4"),
]


def test_of_one_sound_one_caption_is_kept_and_of_others_all_are_reported(lake):
    put(lake, "captions", CAPTIONS)
    deduplicated(lake)
    assert kept(lake, "captions") == {"k0": True, "k1": False, "k2": True, "k3": False}
    found = verdicts(lake, "captions")
    assert {row["cluster"] for row in found.values()} == {"k0"}
    assert (found["k2"]["reason"], found["k3"]["reason"]) == ("same_caption", "near_caption")
    assert found["k3"]["evidence"] == "k2 content words"


def test_drop_keeps_one_caption_of_the_whole_corpus(lake):
    put(lake, "captions", CAPTIONS)
    deduplicated(lake, captions="drop")
    assert kept(lake, "captions") == {"k0": True, "k1": False, "k2": False, "k3": False}
    assert verdicts(lake, "captions")["k3"]["reason"] == "exact_caption"


def test_a_kept_caption_stays_when_a_source_is_added(lake):
    put(lake, "captions", CAPTIONS)
    deduplicated(lake, captions="drop")
    add(lake, "b-00000", {"b0": sound(5, 2)})
    put(lake, "captions", [caption("b0", "Dogs bark", name="a0")], root="b-00000")
    deduplicated(lake, captions="drop")
    assert kept(lake, "captions")["k0"]
    assert not kept(lake, "captions")["a0"]


def test_kept_rows_of_one_cluster_in_two_splits_are_counted(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    whole = sound(0, 8)
    first, second = whole[:80_000], whole[48_000:]
    add(lake, "a-00000", {"c0": first, "c1": second}, c1={"split": "test"})
    strict = {"captions": "off", "min_overlap": 0.5}
    assert deduplicated(lake, **strict)[-1].findings.splits == 0
    add(lake, "b-00000", {"b0": whole})
    done = deduplicated(lake, **strict)
    assert kept(lake) == {"c0": True, "c1": True, "b0": False}
    assert done[-1].findings.splits == 1


def test_a_dry_run_says_what_it_would_drop_and_writes_no_table(lake):
    assert [one.summary.step for one in Deduplication().run(lake, dry_run=True)] == ["fingerprint"]
    run_step(Fingerprint(), lake)
    versions = lake.versions()
    done = list(Deduplication(captions="off").run(lake, dry_run=True))
    assert done[-1].findings.clusters == 1
    assert lake.versions() == versions


def test_missing_fingerprints_are_an_error_that_names_the_command(lake):
    with pytest.raises(ValueError, match="ualm corpus fingerprint --method embedded"):
        DedupAudio().plan(lake)


def test_unknown_preferences_and_thresholds_are_refused():
    with pytest.raises(ValueError, match="expected preferences among"):
        DedupAudio(prefer=("beauty",))
    with pytest.raises(ValueError, match=r"from 0\.6 to 1"):
        DedupCaptions(threshold=0.5)


def test_silent_sounds_go_to_the_ledger_and_match_nothing(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    add(lake, "a-00000", {"c0": np.zeros(32_000, np.float32), "c1": np.zeros(40_000, np.float32)})
    deduplicated(lake, captions="off")
    assert [row["reason"] for row in read(lake, "ledger")] == ["silent", "silent"]


def test_the_same_input_gives_the_same_verdicts_as_ever(lake):
    put(lake, "captions", CAPTIONS)
    deduplicated(lake)
    rows = [
        row | {"value": row["value"] and round(row["value"], 2)} for row in read(lake, "decisions")
    ]
    assert (DedupAudio.version, DedupCaptions.version, Fingerprint.version) == (2, 1, 1)
    assert digest_of(sorted(rows, key=str))[:16] == "1f6b59712e76398b"
