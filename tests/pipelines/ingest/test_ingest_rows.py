import hashlib
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audio.flac import decode_flac
from pipelines.audio.resample import RATE, RESAMPLER
from pipelines.ingest.cutting import Cutting, cuts
from pipelines.ingest.rows import item_rows
from pipelines.sources.scenes import Scenes
from pipelines.sources.source import REFUSALS, Received, SourceItem, Text
from schemas.audio.sound import REASONS, DecodeError, Limits, Sound
from schemas.ids import content_id


class Given:
    """A source that gives a sound made by the test."""

    name = root = "given"

    def __init__(self, sound):
        self.sound = sound

    def receive(self, _item, _limits):
        if isinstance(self.sound, DecodeError):
            raise self.sound
        return Received(sound=self.sound, raw_sha256="00")


def noise(seconds, rate=16_000, channels=1):
    shape = (round(seconds * rate), channels)
    samples = (0.1 * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)
    return Sound(samples=samples, sample_rate=rate, decoder="test")


ITEM = SourceItem(
    source_id="one",
    position=0,
    uri="one.wav",
    texts=(Text(text="a hiss", kind="human", licence="MIT", model="given"),),
    licence="CC0",
    attribution="me",
    uploader="you",
)


def rows_of(seconds, item=ITEM, *, rate=16_000, channels=1, **cutting):
    source = Given(noise(seconds, rate, channels))
    return item_rows(source, item, Cutting(**cutting), Limits())


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(16_000, 10**6), st.sampled_from([0.0, 1.0, 5.0, 10.0]))
def test_clips_and_tail_are_the_recording_without_gaps(frames, segment_s):
    pieces, tail = cuts(frames, Cutting(segment_s=segment_s))
    edges = [0, *(piece.stop for piece in [*pieces, *([tail] if tail else [])])]
    assert edges[-1] == frames
    assert [piece.start for piece in pieces] == edges[: len(pieces)]
    assert all(piece.stop - piece.start >= RATE for piece in pieces)
    assert tail is None or tail.stop - tail.start < RATE


def test_25_seconds_give_three_clips_and_20_5_two_and_a_tail():
    assert [clip.duration_s for clip in rows_of(25).clips] == [10, 10, 5]
    rows = rows_of(20.5)
    assert [clip.start_s for clip in rows.clips] == [0, 10]
    (tail,) = rows.ledger
    assert (tail.table, tail.reason, tail.decision) == ("clips", "short_tail", "drop")
    assert (tail.value, tail.threshold) == (0.5, 1.0)
    assert rows.refusal is None


def test_segment_0_keeps_the_recording_whole():
    assert [clip.duration_s for clip in rows_of(25, segment_s=0).clips] == [25]


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_any_sound_becomes_16_khz_mono_flac(rate, channels):
    rows = rows_of(2, rate=rate, channels=channels)
    (clip,), (audio,) = rows.clips, rows.audio
    samples, flac_rate = decode_flac(audio.audio.bytes)
    assert (flac_rate, audio.sample_rate, samples.shape) == (16_000, 16_000, (32_000,))
    assert clip.duration_s == 2
    assert clip.resampler == RESAMPLER
    assert clip.pcm_sha256 == hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()
    assert (rows.recording.sample_rate, rows.recording.channels) == (rate, channels)
    assert rows.hifi == []


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_hifi_keeps_48_khz_stereo_beside(channels):
    rows = rows_of(12, rate=44_100, channels=channels, hifi=True)
    for audio, clip in zip(rows.hifi, rows.clips, strict=True):
        samples, rate = decode_flac(audio.audio.bytes)
        assert (rate, audio.clip_id) == (48_000, clip.clip_id)
        assert samples.shape == (round(clip.duration_s * 48_000), 2)


def test_sixteen_bit_sound_at_16_khz_stays_as_it_is():
    values = np.random.default_rng(1).integers(-32768, 32767, (16_000, 1)).astype(np.int16)
    sound = Sound(samples=values / np.float32(32768), sample_rate=16_000, decoder="test")
    rows = item_rows(Given(sound), ITEM, Cutting(), Limits())
    assert np.array_equal(decode_flac(rows.audio[0].audio.bytes)[0], values[:, 0])


def test_clipping_and_bandwidth_are_of_the_sound_as_received():
    left = np.sign(noise(2, 48_000).samples)
    samples = np.concatenate([left, np.zeros_like(left)], axis=1)
    sound = Sound(samples=samples, sample_rate=48_000, decoder="test")
    (clip,) = item_rows(Given(sound), ITEM, Cutting(), Limits()).clips
    assert clip.clipping_ratio == 0.5
    assert clip.bandwidth_hz > 20_000
    assert clip.rms_dbfs < -6


def test_ids_and_licences_are_carried():
    rows = rows_of(12)
    recording_id = content_id("recording", "given", "one")
    assert rows.recording.recording_id == recording_id
    assert (rows.recording.licence, rows.recording.attribution) == ("CC0", "me")
    assert rows.recording.uploader == "you"
    assert [clip.clip_id for clip in rows.clips] == [
        content_id("clip", recording_id, 0, 10_000),
        content_id("clip", recording_id, 10_000, 2_000),
    ]
    assert {(c.licence, c.split, c.source) for c in rows.clips} == {
        ("CC0", rows.recording.split, "given")
    }


@pytest.mark.parametrize(
    ("seconds", "scope"),
    [(1, "clip"), (10, "clip"), (10.05, "clip"), (10.2, "recording"), (15, "recording")],
)
def test_a_text_is_about_the_clip_only_if_the_clip_is_the_recording(seconds, scope):
    rows = rows_of(seconds)
    (caption,) = rows.captions
    assert caption.scope == scope
    assert caption.clip_id == (rows.clips[0].clip_id if scope == "clip" else None)
    assert caption.recording_id == rows.recording.recording_id
    assert (caption.text, caption.licence, caption.text_kind) == ("a hiss", "MIT", "human")


def test_a_scene_has_a_caption_and_an_exact_rich_caption():
    source = Scenes(count=1)
    item = next(source.items())
    rows = item_rows(source, item, Cutting(), Limits())
    (clip,), (caption,), (rich,) = rows.clips, rows.captions, rows.rich_captions
    assert (rich.clip_id, rich.caption_id) == (clip.clip_id, caption.caption_id)
    assert (rich.role, rich.exact, rich.origin) == ("planned", True, caption.origin)
    assert rich.keywords == [event.event for event in rich.layout]
    assert caption.origin.model.startswith("embedded:scenes@")


def test_a_scene_cut_in_pieces_has_no_rich_caption():
    source = Scenes(count=1)
    rows = item_rows(source, next(source.items()), Cutting(segment_s=5), Limits())
    assert (len(rows.clips), rows.rich_captions) == (2, [])
    assert rows.captions[0].scope == "recording"


def test_shorter_than_the_shortest_clip_is_short_and_keeps_its_facts():
    rows = rows_of(0.99)
    assert rows.refusal.reason == "short"
    assert (rows.recording.frames, rows.clips, rows.captions) == (15_840, [], [])
    assert rows.ledger[0].row_id == rows.recording.recording_id
    assert rows_of(0.99, min_s=0.5).refusal is None


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_refusal_of_a_decoder_is_a_recording_and_a_ledger_row(reason):
    rows = item_rows(Given(DecodeError(reason, "so it is")), ITEM, Cutting(), Limits())
    (row,) = rows.ledger
    assert (row.reason, row.detail, row.decision) == (reason, "so it is", REFUSALS[reason])
    assert row.row_id == rows.recording.recording_id
    assert (rows.recording.frames, rows.clips) == (None, [])


def test_of_a_removed_recording_nothing_is_left_but_the_ledger():
    rows = item_rows(Given(noise(2)), ITEM, Cutting(), Limits(), removed=True)
    assert (rows.recording, rows.clips, rows.captions) == (None, [], [])
    assert rows.ledger[0].reason == "removed"


def test_splits_are_80_10_10_by_recording():
    splits = Counter()
    for number in range(400):
        item = SourceItem(source_id=str(number), position=number)
        rows = item_rows(Given(DecodeError("empty", "")), item, Cutting(), Limits())
        splits[rows.recording.split] += 1
    assert splits["train"] == pytest.approx(320, abs=30)
    assert splits["validation"] == pytest.approx(40, abs=20)
    assert splits["test"] == pytest.approx(40, abs=20)


@pytest.mark.parametrize(
    ("cutting", "complaint"),
    [
        ({"min_s": 0}, "expected a shortest clip of more than 0 s, got 0 s"),
        ({"min_s": math.nan}, "expected a shortest clip of more than 0 s, got nan s"),
        ({"slack_s": 2}, r"expected a slack of 0 s to the shortest clip \(1.0 s\), got 2 s"),
        ({"slack_s": -1}, "got -1 s"),
    ],
)
def test_a_cutting_that_makes_no_sense_is_an_error(cutting, complaint):
    with pytest.raises(ValueError, match=complaint):
        Cutting(**cutting)


def test_segments_shorter_than_the_shortest_clip_are_an_error():
    with pytest.raises(ValueError, match=r"expected segments of at least .* got 0.5 s"):
        Cutting(segment_s=0.5)
