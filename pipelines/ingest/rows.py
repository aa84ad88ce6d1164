"""One item of a source to the rows that it gives: cut, resampled, measured, encoded."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.audio.flac import encode_flac, quantise
from pipelines.audio.quality import bandwidth_hz, clipping_ratio, levels
from pipelines.audio.resample import HIFI_RATE, RATE, RESAMPLER, mono, resample, stereo
from pipelines.ingest.cutting import Cut, Cutting, cuts
from pipelines.ingest.texts import conversation_rows, text_rows
from pipelines.sources.source import REFUSALS, Defect, Refusal, Source, SourceItem
from schemas.audio.sound import DecodeError, Limits, Sound
from schemas.corpus import Audio, AudioBytes, Caption, Clip, LedgerRow, Recording
from schemas.ids import content_id, split_of
from schemas.synthesis import Conversation, RichCaption

STEP = "ingest"
SPLITS = (("train", 0.8), ("validation", 0.1), ("test", 0.1))


@dataclass(kw_only=True)
class ItemRows:
    """The rows of one item."""

    recording: Recording | None = None
    clips: list[Clip] = field(default_factory=list)
    audio: list[Audio] = field(default_factory=list)
    hifi: list[Audio] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    rich_captions: list[RichCaption] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    refusal: Refusal | None = None
    """Why the item gave no clip; None if it did."""

    @property
    def tables(self) -> dict[str, list[Any]]:
        """The rows by the names of their tables."""
        return {
            "ledger": self.ledger,
            "recordings": [self.recording] if self.recording else [],
            "captions": self.captions,
            "rich_captions": self.rich_captions,
            "conversations": self.conversations,
            "audio": self.audio,
            "hifi": self.hifi,
            "clips": self.clips,
        }


def item_rows(
    source: Source, item: SourceItem, cutting: Cutting, limits: Limits, *, removed: bool = False
) -> ItemRows:
    """Return the rows of an item.

    Args:
        source: Where it comes from.
        item: The item as listed.
        cutting: How to cut it.
        limits: What to accept.
        removed: Whether its recording was taken down; nothing but a ledger row remains of it.
    """
    recording_id = content_id("recording", source.name, item.source_id)
    if removed:
        gone = Refusal(reason="removed", detail="taken down with `ualm corpus remove`")
        return _refused(ItemRows(), recording_id, gone)
    bare = _recording(source, item, recording_id)
    if item.refusal is not None:
        return _refused(ItemRows(recording=bare), recording_id, item.refusal)
    noted = [_defect_row(recording_id, defect) for defect in item.defects]
    if not item.has_sound:
        return _texts_alone(source, item, ItemRows(recording=bare, ledger=noted))
    if item.talks:  # what is said of a sound is said of all of it
        cutting = replace(cutting, segment_s=0.0)
    try:
        received = source.receive(item, limits)
    except DecodeError as error:
        refusal = Refusal(reason=error.reason, detail=error.detail)
        return _refused(ItemRows(recording=bare), recording_id, refusal)
    sound = received.sound
    recording = _recording(source, item, recording_id, received.raw_sha256, sound)
    rows = ItemRows(recording=recording)
    if sound.duration_s < cutting.min_s:
        short = Refusal(
            reason="short",
            detail=f"expected at least {cutting.min_s} s, got {sound.duration_s:.3f} s",
            value=sound.duration_s,
            threshold=cutting.min_s,
        )
        return _refused(rows, recording_id, short)
    _add_clips(rows, recording, sound, cutting)
    first, last = rows.clips[0], rows.clips[-1]
    captions, rich_captions = text_rows(
        item,
        recording.recording_id,
        first.clip_id if _is_whole(rows, cutting) else None,
        last.start_s + last.duration_s,
    )
    rows.captions.extend(captions)
    rows.rich_captions.extend(rich_captions)
    rows.conversations.extend(conversation_rows(source.name, item, first.clip_id))
    rows.ledger.extend(noted)
    return rows


def _texts_alone(source: Source, item: SourceItem, rows: ItemRows) -> ItemRows:
    """Add the texts of an item without sound: about the recording, wherever it is."""
    recording_id = content_id("recording", source.name, item.source_id)
    rows.captions.extend(text_rows(item, recording_id, None, item.duration_s)[0])
    rows.conversations.extend(conversation_rows(source.name, item, None))
    return rows


def _recording(
    source: Source,
    item: SourceItem,
    recording_id: str,
    raw_sha256: str | None = None,
    sound: Sound | None = None,
) -> Recording:
    return Recording(
        recording_id=recording_id,
        source=source.name,
        source_id=item.source_id,
        uri=item.uri,
        raw_sha256=raw_sha256,
        frames=sound.frames if sound else None,
        sample_rate=sound.sample_rate if sound else None,
        channels=sound.channels if sound else None,
        licence=item.licence,
        attribution=item.attribution,
        uploader=item.uploader,
        split=split_of(recording_id, SPLITS),
        member=item.member,
        original=item.original,
        subset=item.subset,
        start_s=item.start_s,
        end_s=item.end_s,
    )


def _refused(rows: ItemRows, recording_id: str, refusal: Refusal) -> ItemRows:
    rows.refusal = refusal
    rows.ledger.append(_ledger_row("recordings", recording_id, refusal, REFUSALS[refusal.reason]))
    return rows


def _defect_row(recording_id: str, defect: Defect) -> LedgerRow:
    """Return the ledger row of a defect that did not stop the item from being used."""
    return LedgerRow(
        ledger_id=content_id(
            "ledger", "recordings", recording_id, STEP, defect.reason, defect.part
        ),
        table="recordings",
        row_id=recording_id,
        step=STEP,
        decision=defect.decision,
        reason=defect.reason,
        detail=defect.detail,
    )


def _ledger_row(table: str, row_id: str, refusal: Refusal, decision: str) -> LedgerRow:
    return LedgerRow(
        ledger_id=content_id("ledger", table, row_id, STEP, refusal.reason),
        table=table,
        row_id=row_id,
        step=STEP,
        decision=decision,
        reason=refusal.reason,
        detail=refusal.detail,
        value=refusal.value,
        threshold=refusal.threshold,
    )


def _add_clips(rows: ItemRows, recording: Recording, sound: Sound, cutting: Cutting) -> None:
    """Cut the recording after resampling it whole: no clip has a filter's edge inside."""
    single = mono(sound.samples)
    kept = resample(single, sound.sample_rate, RATE)
    wide = resample(stereo(sound.samples), sound.sample_rate, HIFI_RATE) if cutting.hifi else None
    pieces, tail = cuts(len(kept), cutting)
    for piece in pieces:
        clip_id = _clip_id(recording.recording_id, piece)
        samples = kept[piece.start : piece.stop]
        whole = quantise(samples)
        received = piece.at(sound.sample_rate)
        facts = _facts(samples, sound.samples[received], single[received], sound.sample_rate)
        rows.clips.append(_clip(clip_id, recording, piece, whole, facts))
        rows.audio.append(_audio(clip_id, whole, RATE))
        if wide is not None:
            rows.hifi.append(_audio(clip_id, quantise(wide[piece.at(HIFI_RATE)]), HIFI_RATE))
    if tail is not None:
        seconds = (tail.stop - tail.start) / RATE
        refusal = Refusal(
            reason="short_tail",
            detail=f"the last {seconds:.3f} s of a recording, after {len(pieces)} whole clip(s)",
            value=seconds,
            threshold=cutting.min_s,
        )
        clip_id = _clip_id(recording.recording_id, tail)
        rows.ledger.append(_ledger_row("clips", clip_id, refusal, "drop"))


def _clip_id(recording_id: str, piece: Cut) -> str:
    start_ms = round(1000 * piece.start / RATE)
    duration_ms = round(1000 * (piece.stop - piece.start) / RATE)
    return content_id("clip", recording_id, start_ms, duration_ms)


def _facts(
    kept: NDArray[np.float32],
    received: NDArray[np.float32],
    received_mono: NDArray[np.float32],
    sample_rate: int,
) -> dict[str, float | None]:
    """Measure levels on the clip as kept, clipping and bandwidth on the sound as received."""
    level = levels(kept, RATE)
    return {
        "peak_dbfs": level.peak_dbfs,
        "rms_dbfs": level.rms_dbfs,
        "silence_ratio": level.silence_ratio,
        "clipping_ratio": clipping_ratio(received),
        "bandwidth_hz": bandwidth_hz(received_mono, sample_rate),
    }


def _clip(
    clip_id: str,
    recording: Recording,
    piece: Cut,
    samples: NDArray[np.int16],
    facts: dict[str, float | None],
) -> Clip:
    return Clip(
        clip_id=clip_id,
        recording_id=recording.recording_id,
        start_s=piece.start / RATE,
        duration_s=len(samples) / RATE,
        split=recording.split,
        source=recording.source,
        licence=recording.licence,
        pcm_sha256=hashlib.sha256(samples.astype("<i2", copy=False).data).hexdigest(),
        resampler=RESAMPLER,
        **facts,  # type: ignore[arg-type]  # the columns of `clips` that `_facts` fills
    )


def _audio(clip_id: str, samples: NDArray[np.int16], rate: int) -> Audio:
    data = AudioBytes(bytes=encode_flac(samples, rate), path=f"{clip_id}.flac")
    return Audio(clip_id=clip_id, sample_rate=rate, audio=data)


def _is_whole(rows: ItemRows, cutting: Cutting) -> bool:
    """Say whether one clip is the whole recording, but for the padding of an encoder."""
    lost_s = sum(row.value or 0.0 for row in rows.ledger)
    return len(rows.clips) == 1 and lost_s <= cutting.slack_s
