"""Features of published scorers in the lake: one shard of `features` a scorer and shard of sounds.

Vectors go from scorer to table and back without a detour over Python's numbers, and shards are
read one by one: OpenL3 alone gives 80 kB for ten seconds of sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from evaluation.audio.ear import Ear
from evaluation.scorers.scorer import Features
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

STEP = "features"
TABLES_OF_SOUND = {"generations": "generation_id", "audio": "clip_id", "hifi": "clip_id"}
"""Key of each table that holds sounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Which sounds of a lake are heard."""

    table: str
    """`generations`, `audio` (16 kHz mono) or `hifi` (48 kHz stereo)."""

    noise_seed: int | None = None
    """Seed of noise that is heard in place of each sound; None: the sound."""

    def __post_init__(self) -> None:
        """Demand a table that holds sounds.

        Raises:
            ValueError: If it does not.
        """
        if self.table not in TABLES_OF_SOUND:
            msg = f"expected one of the tables {', '.join(TABLES_OF_SOUND)}, got {self.table!r}"
            raise ValueError(msg)

    @property
    def mark(self) -> str:
        """What tells features of these sounds from others of the same ids."""
        noise = "" if self.noise_seed is None else f"+noise{self.noise_seed}"
        return f"{'+hifi' if self.table == 'hifi' else ''}{noise}"


def features_id(ear: Ear, sounds: Sounds) -> str:
    """Return the scorer under which features stand in the lake.

    It names the network with its weights, and a digest of how it hears: rate, channels, level,
    windows, layer.
    """
    return f"{ear.scorer.scorer}+{ear.hearing[:8]}{sounds.mark}"


def feature_rows(scorer: str, heard: Mapping[str, Features]) -> pa.Table:
    """Return rows of `features`.

    Args:
        scorer: As `features_id` gives it.
        heard: Features by the id of the sound: windows have two axes, the others one.
    """
    subjects: list[str] = []
    names: list[str] = []
    windows: list[int] = []
    sizes: list[int] = [0]
    vectors = [np.zeros(0, np.float32)]
    for subject, features in heard.items():
        for name, values in features.items():
            matrix = np.atleast_2d(np.asarray(values, np.float32))
            subjects += [subject] * len(matrix)
            names += [name] * len(matrix)
            windows += range(len(matrix))
            sizes += [matrix.shape[1]] * len(matrix)
            vectors.append(matrix.ravel())
    schema = TABLES["features"].schema
    offsets = pa.array(np.cumsum(sizes), pa.int32())
    vector = pa.ListArray.from_arrays(
        offsets, pa.array(np.concatenate(vectors)), type=schema.field("vector").type
    )
    columns = {
        "subject_id": pa.array(subjects, pa.string()),
        "scorer": pa.array([scorer] * len(subjects), pa.string()),
        "name": pa.array(names, pa.string()),
        "window": pa.array(windows, pa.int32()),
        "vector": vector,
    }
    return pa.table(columns).select(schema.names).cast(schema)


def stored_features(
    lake: Lake, scorer: str, sounds: Sounds, wanted: frozenset[str] | None = None
) -> Iterator[tuple[str, Features]]:
    """Yield the stored features of each sound, shard by shard: memory holds one shard.

    Args:
        lake: The lake.
        scorer: As `features_id` gives it for these sounds.
        sounds: Which sounds were heard.
        wanted: Their ids; all of them if None.
    """
    for shard in feature_shards(lake, scorer, sounds):
        rows = lake.read_shard(shard, ["subject_id", "name", "vector"])
        yield from _features_of(rows, wanted)


def feature_shards(lake: Lake, scorer: str, sounds: Sounds) -> list[Shard]:
    """Return the shards that hold a scorer's features of sounds, by slot."""
    variant = features_variant(scorer, sounds)
    return [
        s
        for s in lake.shards("features")
        if s.slot.startswith((f"{STEP}.{variant}.", f"{STEP}.{variant}-"))
    ]


def features_variant(scorer: str, sounds: Sounds, writer: str = "") -> str:
    """Return the middle part of a slot of `features`.

    Args:
        scorer: As `features_id` gives it for these sounds.
        sounds: Which sounds are heard.
        writer: Middle part of the slot of the sounds; its digest keeps file names short.
    """
    token = "".join(c if c.isalnum() or c in "_@+-" else "-" for c in scorer)
    return "-".join([token, sounds.table, *([digest_of(writer)[:8]] if writer else ())])


def _features_of(rows: pa.Table, wanted: frozenset[str] | None) -> Iterator[tuple[str, Features]]:
    """Yield the sounds of one shard, whose rows of one sound stand together."""
    subjects, names = rows["subject_id"].to_pylist(), rows["name"].to_pylist()
    vectors = rows["vector"].combine_chunks()
    offsets, numbers = vectors.offsets.to_numpy(), vectors.values.to_numpy()
    first = 0
    while first < len(subjects):
        last = first
        features: dict[str, list[np.ndarray]] = {}
        while last < len(subjects) and subjects[last] == subjects[first]:
            vector = numbers[offsets[last] : offsets[last + 1]]
            features.setdefault(names[last], []).append(vector)
            last += 1
        if wanted is None or subjects[first] in wanted:
            yield subjects[first], {name: _shaped(name, own) for name, own in features.items()}
        first = last


def _shaped(name: str, vectors: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(vectors) if name == "embedding" else vectors[0].copy()
