"""What a judge heard in stored sounds: read once, kept in `features`, reused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evaluation.judge import Judge, Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound, UnusableSoundError, decoded
from schemas.benchmarks import Feature
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES

_KEYS = {"audio": "clip_id", "generations": "generation_id"}


@dataclass(kw_only=True)
class Readings:
    """Readings by clip or generation id, and the sounds that could not be read."""

    heard: dict[str, Reading] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Reason by id, one of `evaluation.sound.REASONS`."""


def stored_sounds(
    lake: Lake, table: str, ids: Iterable[str], sample_rate: int
) -> Iterator[tuple[str, Sound | UnusableSoundError]]:
    """Yield the sounds of clips (table `audio`) or generations, or why one cannot be read.

    Raises:
        ValueError: If the table holds no sounds.
    """
    if table not in _KEYS:
        msg = f"expected one of the tables {', '.join(_KEYS)}, got {table!r}"
        raise ValueError(msg)
    key, wanted = _KEYS[table], set(ids)
    for shard in lake.shards(table):
        if wanted.isdisjoint(lake.read_shard(shard, [key])[key].to_pylist()):
            continue
        for row in lake.read_shard(shard, [key, "audio"]).to_pylist():
            if row[key] in wanted:
                yield row[key], _decoded_or_error(row["audio"]["bytes"], sample_rate)


def read_stored(
    lake: Lake,
    judge: Judge,
    table: str,
    ids: Sequence[str],
    *,
    store: bool = True,
    advance: Callable[[int], None] = lambda _: None,
) -> Readings:
    """Return a judge's readings of clips (table `audio`) or generations.

    Args:
        lake: The lake; readings already in `features` are taken from there.
        judge: The judge.
        table: `audio` or `generations`.
        ids: Clip or generation ids.
        store: Whether to keep new readings in `features`.
        advance: Called with 1 for each sound.
    """
    found = Readings(heard=_known(lake, judge, set(ids)))
    advance(len(found.heard))
    missing = [subject for subject in dict.fromkeys(ids) if subject not in found.heard]
    new: dict[str, Reading] = {}
    for subject, sound in stored_sounds(lake, table, missing, judge.sample_rate):
        if isinstance(sound, UnusableSoundError):
            found.refused[subject] = sound.reason
        else:
            new[subject] = rounded(judge.read(sound))
        advance(1)
    if store and new:
        _store(lake, judge, new)
    found.heard |= new
    return found


def rounded(reading: Reading) -> Reading:
    """Return a reading with the precision of the table, so that a reused one is no different."""
    return Reading(
        windows=_single(reading.windows),
        embedding=_single(reading.embedding),
        logits=_single(reading.logits),
        quality=dict(
            zip(reading.quality, map(float, _single([*reading.quality.values()])), strict=True)
        ),
    )


def _single(values: FloatArray | list[float]) -> FloatArray:
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def _decoded_or_error(encoded: bytes, sample_rate: int) -> Sound | UnusableSoundError:
    try:
        return decoded(encoded, sample_rate)
    except UnusableSoundError as error:
        return error


def _known(lake: Lake, judge: Judge, ids: set[str]) -> dict[str, Reading]:
    rows = (
        lake.scan("features")
        .filter((pl.col("scorer") == judge.scorer) & pl.col("subject_id").is_in(list(ids)))
        .sort("subject_id", "name", "window")
        .select("subject_id", "name", "vector")
        .collect()
    )
    vectors: dict[str, dict[str, list[list[float]]]] = {}
    for subject, name, vector in rows.iter_rows():
        vectors.setdefault(subject, {}).setdefault(name, []).append(vector)
    return {subject: _reading(judge, by_name) for subject, by_name in vectors.items()}


def _reading(judge: Judge, by_name: dict[str, list[list[float]]]) -> Reading:
    def array(name: str) -> NDArray[np.float64]:
        return np.array(by_name[name], dtype=np.float64)

    quality = array("quality")[0]
    return Reading(
        windows=array("embedding"),
        embedding=array("clip_embedding")[0],
        logits=array("logits")[0],
        quality=dict(zip(judge.axes, quality.tolist(), strict=True)),
    )


def _store(lake: Lake, judge: Judge, new: dict[str, Reading]) -> None:
    rows = [
        Feature(
            subject_id=subject, scorer=judge.scorer, name=name, window=window, vector=list(vector)
        )
        for subject, reading in sorted(new.items())
        for name, vectors in _vectors(judge, reading).items()
        for window, vector in enumerate(vectors)
    ]
    # New readings only, in a slot named after them: what is stored already is never rewritten.
    variant = judge.scorer.replace(":", "-").replace(".", "-")
    slot = f"features.{variant}.{content_id('features', *sorted(new))[:16]}"
    lake.put("features", slot, TABLES["features"].from_rows(rows), step="features")


def _vectors(judge: Judge, reading: Reading) -> dict[str, list[list[float]]]:
    return {
        "embedding": reading.windows.tolist(),
        "clip_embedding": [reading.embedding.tolist()],
        "logits": [reading.logits.tolist()],
        "quality": [[reading.quality[axis] for axis in judge.axes]],
    }
