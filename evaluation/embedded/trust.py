"""Whether a judge knows the data in hand: its AUC on real sounds with their texts."""

import numpy as np
import polars as pl

from evaluation.embedded.judge_report import is_trusted
from evaluation.embedded.separation import Separation, separation
from evaluation.judge import Judge
from evaluation.lakes.features import read_stored
from schemas.lake import Lake

_CLIPS = 200


def context_separation(lake: Lake, judge: Judge, *, store: bool = False) -> Separation | None:
    """Return how a judge separates the contexts' real sounds and texts, up to 200 of them.

    None if fewer than two contexts with different texts have a readable real sound.

    Args:
        lake: The lake.
        judge: The judge.
        store: Whether to keep new readings in `features`.
    """
    rows = (
        lake.scan("contexts")
        .filter(pl.col("reference_clip_id").is_not_null())
        .sort("context_id")
        .unique("reference_clip_id", keep="first", maintain_order=True)
        .select("reference_clip_id", "judge_text")
        .head(_CLIPS)
        .collect()
    )
    return _separation(lake, judge, rows, store=store)


def source_separations(lake: Lake, judge: Judge) -> dict[str, Separation | None]:
    """Return, for each source of clips with captions, how a judge separates up to 200 of them."""
    clips = lake.scan("clips").select("clip_id", "recording_id", "source")
    captions = lake.scan("captions").sort("caption_id")
    by_clip = captions.filter(pl.col("clip_id").is_not_null()).select("clip_id", "text")
    by_recording = captions.filter(pl.col("clip_id").is_null()).select("recording_id", "text")
    pairs = (
        pl.concat(
            [
                clips.join(by_clip, on="clip_id").select("source", "clip_id", "text"),
                clips.join(by_recording, on="recording_id").select("source", "clip_id", "text"),
            ]
        )
        .unique("clip_id", keep="first", maintain_order=True)
        .sort("source", "clip_id")
        .collect()
    )
    return {
        str(source): _separation(
            lake, judge, rows.select("clip_id", "text").head(_CLIPS), store=True
        )
        for (source,), rows in pairs.group_by("source", maintain_order=True)
    }


def trusts(found: Separation | None) -> bool:
    """Return whether an AUC was established and is high enough."""
    return found is not None and is_trusted(found)


def _separation(lake: Lake, judge: Judge, rows: pl.DataFrame, *, store: bool) -> Separation | None:
    pairs = list(rows.iter_rows())
    heard = read_stored(lake, judge, "audio", [clip for clip, _ in pairs], store=store).heard
    pairs = [(clip, text) for clip, text in pairs if clip in heard]
    texts = [text for _, text in pairs]
    if len({" ".join(text.lower().split()) for text in texts}) < 2:
        return None
    sounds = np.stack([heard[clip].embedding for clip, _ in pairs])
    return separation(sounds @ judge.embed_texts(texts).T, texts)
