"""Small tables and lakes that the tests of the table layer share."""

from schemas.corpus import Audio, AudioBytes, Caption, Clip, LedgerRow, Origin, Recording
from schemas.ids import digest_of
from schemas.tables import TABLES

ORIGIN = Origin(model="test")


def ledger_rows(*ids, reason="r"):
    return TABLES["ledger"].from_rows(
        [
            LedgerRow(
                ledger_id=i, table="clips", row_id=i, step="s", decision="drop", reason=reason
            )
            for i in ids
        ]
    )


def recording_rows(*ids, uploader=None, licence=None):
    return TABLES["recordings"].from_rows(
        [
            Recording(
                recording_id=i,
                source="s",
                source_id=i,
                uri=None,
                uploader=uploader,
                licence=licence,
                split="test" if i.endswith("t") else "train",
            )
            for i in ids
        ]
    )


def clip(clip_id, recording_id, **changes):
    facts = {
        "start_s": 0.0,
        "duration_s": 10.0,
        "split": "test" if recording_id.endswith("t") else "train",
        "source": "s",
        "licence": None,
        "pcm_sha256": "0",
        "peak_dbfs": -1.0,
        "rms_dbfs": -20.0,
        "silence_ratio": 0.0,
        "clipping_ratio": 0.0,
        "bandwidth_hz": 4000.0,
        "resampler": "test",
    }
    return Clip(clip_id=clip_id, recording_id=recording_id, **(facts | changes))


def clip_rows(pairs, **changes):
    return TABLES["clips"].from_rows([clip(c, r, **changes) for c, r in pairs])


def audio_rows(*clip_ids, size=100):
    return TABLES["audio"].from_rows(
        [
            Audio(clip_id=i, sample_rate=16000, audio=AudioBytes(bytes=i.encode() * size))
            for i in clip_ids
        ]
    )


def caption(caption_id, recording_id, clip_id=None, licence=None):
    return Caption(
        caption_id=caption_id,
        scope="recording" if clip_id is None else "clip",
        recording_id=recording_id,
        clip_id=clip_id,
        text=f"text of {caption_id}",
        text_kind="human",
        licence=licence,
        origin=ORIGIN,
    )


def commit(lake, table, slot, rows, step="test"):
    """Commit rows whose input digest is that of the slot; return the shard."""
    shard = lake.write_shard(table, slot, digest_of(slot), rows)
    lake.commit(table, [shard], step)
    return shard


def small_corpus(lake, shards=2):
    """Commit, for each shard, two recordings of two clips each, with sounds and captions."""
    for i in range(shards):
        root, recordings = f"s-{i:05d}", [f"r{i}", f"r{i}t"]
        clips = [(f"{r}.{k}", r) for r in recordings for k in "ab"]
        captions = [caption(f"c{c}", r, c) for c, r in clips]
        commit(lake, "recordings", f"ingest.{root}", recording_rows(*recordings, uploader=f"u{i}"))
        commit(lake, "clips", f"ingest.{root}", clip_rows(clips))
        commit(lake, "audio", f"ingest.{root}", audio_rows(*(c for c, _ in clips)))
        commit(lake, "captions", f"ingest.{root}", TABLES["captions"].from_rows(captions))
