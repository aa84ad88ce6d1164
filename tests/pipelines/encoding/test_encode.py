import numpy as np
import pytest

from pipelines.encoding.codec_fit import ready_codec
from pipelines.encoding.encode import Encode, encode_sounds
from pipelines.measuring.sounds import Unreadable
from pipelines.running.run import run_step
from schemas.lake import Lake
from tests.pipelines.encoding.encode_lake import add_sounds, clip_id, flac, lake_with_sounds, sound
from tests.training.codecs.tiny_x_codec import save_tiny_x_codec
from training.codecs.codec import codes_from_bytes
from training.codecs.mel_rvq import MelRvqSettings
from training.codecs.registry import load_codec

SMALL = MelRvqSettings(codebooks=2, codebook_size=16, iterations=4)


@pytest.fixture
def lake(tmp_path):
    return lake_with_sounds(tmp_path / "lake")


def run(lake, spec="mel-rvq", settings=SMALL):
    step = Encode(codec=ready_codec(lake, spec, settings=settings).id)
    return run_step(step, lake)


def rows_by_clip(lake):
    return {(row["clip_id"], row["codec"]): row for row in lake.read("codes").to_pylist()}


def test_every_clip_gets_its_codes(lake):
    summary = run(lake)
    codec = load_codec("mel-rvq", lake)
    rows = rows_by_clip(lake)
    assert summary.counts.produced == summary.counts.rows_in == 6
    assert sorted(rows) == sorted((clip_id(f"a{i}"), codec.id) for i in range(6))
    row = rows[clip_id("a3"), codec.id]
    assert (row["codebooks"], row["codebook_size"], row["frames"]) == (2, 16, 50)
    assert row["frame_rate"] == 25.0


def test_stored_codes_are_what_the_codec_makes_of_the_sound(lake):
    run(lake)
    codec = load_codec("mel-rvq", lake)
    row = rows_by_clip(lake)[clip_id("a2"), codec.id]
    unpacked = np.frombuffer(row["codes"], "<i2").reshape(row["codebooks"], row["frames"])
    stored = np.rint(sound(2) * 2**15).astype(np.float32) / 2**15
    assert np.array_equal(unpacked, codec.encode(stored[None])[0])
    assert np.array_equal(unpacked, codes_from_bytes(row["codes"], 2))


@pytest.mark.slow
def test_clips_of_different_lengths_never_share_a_batch(tmp_path):
    lake = lake_with_sounds(tmp_path / "lake")
    lengths = {f"b{i}": flac(sound(i, 16_000 + 640 * (i % 3))) for i in range(6)}
    add_sounds(lake, "b-00000", lengths)
    folder = save_tiny_x_codec(tmp_path / "x-codec", seed=0)
    run(lake, str(folder), None)
    codec = load_codec(str(folder), lake)
    rows = rows_by_clip(lake)
    for i in range(6):
        row = rows[clip_id(f"b{i}"), codec.id]
        waveform = np.rint(sound(i, 16_000 + 640 * (i % 3)) * 2**15).astype(np.float32) / 2**15
        alone = codec.encode(waveform[None])[0]
        assert row["frames"] == 50 + 2 * (i % 3)
        # Batches of 1 and of 2 differ in the last bits: a code at a tie may flip.
        assert (codes_from_bytes(row["codes"], 8) == alone).mean() > 0.98


def test_what_cannot_be_encoded_is_in_the_ledger(lake, tmp_path):
    files = {
        "good": flac(sound(1)),
        "torn": flac(sound(2))[:3000],
        "stereo": flac(np.zeros((8_000, 2), np.float32)),
        "short": flac(np.zeros(100, np.float32)),
    }
    add_sounds(lake, "c-00000", files)
    folder = save_tiny_x_codec(tmp_path / "x-codec", seed=0)
    summary = run(lake, str(folder), None)
    assert (summary.counts.rows_in, summary.counts.produced) == (10, 7)
    assert dict(summary.counts.quarantined) == {"undecodable": 1, "format": 1}
    assert dict(summary.counts.dropped) == {"short": 1}
    ledger = {row["row_id"]: row for row in lake.read("ledger").to_pylist()}
    assert ledger[clip_id("torn")]["reason"] == "undecodable"
    assert ledger[clip_id("stereo")]["decision"] == "quarantine"
    assert ledger[clip_id("short")]["decision"] == "drop"
    assert clip_id("good") not in ledger


def test_growth_encodes_only_what_is_new(lake):
    run(lake)
    before = {shard.path for shard in lake.shards("codes")}
    add_sounds(lake, "b-00000", {f"b{i}": flac(sound(i + 50)) for i in range(2)})
    summary = run(lake)
    assert (summary.done_before, summary.counts.rows_in) == (1, 2)
    assert before < {shard.path for shard in lake.shards("codes")}


def test_codes_of_two_codecs_live_beside_each_other(lake, tmp_path):
    run(lake)
    run(lake, str(save_tiny_x_codec(tmp_path / "x-codec", seed=0)), None)
    assert sorted({codec.partition("@")[0] for _, codec in rows_by_clip(lake)}) == [
        "mel-rvq",
        "x-codec",
    ]
    assert len(rows_by_clip(lake)) == 12


def test_a_rerun_elsewhere_gives_the_same_bytes(tmp_path):
    digests = []
    for name in ("one", "two"):
        lake = lake_with_sounds(tmp_path / name)
        run(lake)
        digests.append([shard.content_digest for shard in lake.shards("codes")])
    assert digests[0] == digests[1]


def test_a_limit_takes_the_first_rows(lake):
    step = Encode(codec=ready_codec(lake, settings=SMALL).id)
    assert run_step(step, lake, limit=2).counts.produced == 2
    assert [row["clip_id"] for row in lake.read("codes").to_pylist()] == [
        clip_id("a0"),
        clip_id("a1"),
    ]


class Listener:
    """A codec that notes the batches it gets."""

    id, sample_rate, frame_rate, codebooks, codebook_size = "listener@0", 16_000, 16_000.0, 1, 2
    min_samples = 1

    def __init__(self):
        self.batches = []

    def encode(self, waveforms_BT):
        self.batches.append(waveforms_BT.shape)
        return np.zeros((len(waveforms_BT), 1, waveforms_BT.shape[1]), np.int16)


def test_a_batch_holds_at_most_the_seconds_given():
    files = [flac(np.zeros(length, np.float32)) for length in (160, 80, 160, 160, 320, 80)]
    codec, finished = Listener(), []
    results = encode_sounds(files.__getitem__, 6, codec, 320 / 16_000, finished.append)
    assert codec.batches == [(2, 80), (2, 160), (1, 160), (1, 320)]
    assert [len(result) // 2 for result in results] == [160, 80, 160, 160, 320, 80]
    assert sum(finished) == 6


def test_a_batch_of_only_torn_sounds_never_reaches_the_codec():
    codec, finished = Listener(), []
    torn = flac(sound(0))[:3000]
    (result,) = encode_sounds([torn].__getitem__, 1, codec, 10.0, finished.append)
    assert isinstance(result, Unreadable)
    assert codec.batches == []
    assert finished == [1]


def test_an_empty_lake_has_nothing_to_encode(tmp_path):
    assert Encode(codec="mel-rvq@000000000000").plan(Lake.create(tmp_path / "lake")) == []
