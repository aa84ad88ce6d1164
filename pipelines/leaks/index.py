"""All evaluation sets of a lake as one index, read by every worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.duplicates.fingerprints import MEASURE
from pipelines.leaks.captions import Captions
from pipelines.leaks.fingerprints import Sounds, sounds_by_version
from pipelines.leaks.originals import Originals
from pipelines.leaks.passages import Passages
from pipelines.leaks.reading import TABLE, ReadEvaluationSets
from pipelines.leaks.wording import normalised
from pipelines.sources.source import slug
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class LeakIndex:
    """What rows are compared with."""

    originals: Originals
    captions: Captions
    passages: Passages
    sounds: Mapping[str, Sounds]
    """By the version of their fingerprints."""

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], near: float) -> "LeakIndex":
        """Return the index of rows of `evaluation_items`.

        Args:
            rows: The rows.
            near: Smallest similarity of near captions.
        """
        plain = [row | {"captions": _normalised(row["captions"])} for row in rows]
        return cls(
            originals=Originals.of(rows),
            captions=Captions.of(plain, near),
            passages=Passages.of(rows),
            sounds=sounds_by_version(rows),
        )


def set_shards(lake: Lake) -> list[Shard]:
    """Return the shards of the lake's evaluation sets; one that was forgotten is empty."""
    return [shard for shard in lake.shards(TABLE) if shard.rows]


def refuse_no_sets(lake: Lake) -> None:
    """Refuse a lake without evaluation sets.

    Raises:
        ValueError: If it has none.
    """
    if not has_sets(lake):
        msg = (
            f"expected evaluation sets to compare {lake.root} with, it has none; "
            "pass some, such as --against audiocaps:test=DIR"
        )
        raise ValueError(msg)


def has_sets(lake: Lake) -> bool:
    """Say whether the lake has an evaluation set."""
    return bool(set_shards(lake))


def forget_set(lake: Lake, name: str, *, dry_run: bool = False) -> None:
    """Take an evaluation set out of the lake: rows are compared with the others alone.

    Args:
        lake: The lake.
        name: The set's name.
        dry_run: Only look whether the lake has it.

    Raises:
        ValueError: If the lake has no such set.
    """
    slots = {shard.slot for shard in set_shards(lake)}
    slot = f"{ReadEvaluationSets.name}.{slug(name)}"
    if slot not in slots:
        known = ", ".join(sorted(each.rpartition(".")[2] for each in slots)) or "none"
        msg = f"expected the name of an evaluation set of the lake, which has {known}; got {name!r}"
        raise ValueError(msg)
    if not dry_run:
        lake.put(TABLE, slot, TABLES[TABLE].from_rows([]), ReadEvaluationSets.name)


def unheard(lake: Lake) -> dict[str, int]:
    """Return how many clips lack a fingerprint of a version that evaluation sets have.

    Returns:
        The number by version; versions that every clip has are left out.
    """
    versions = {
        version
        for shard in set_shards(lake)
        for version in lake.read_shard(shard, ["fingerprint_version"])[0].to_pylist()
        if version is not None
    }
    clips = sum(shard.rows for shard in lake.shards("clips"))
    fingerprints = lake.scan("measures").filter(pl.col("name") == MEASURE).select("version")
    found = dict(fingerprints.group_by("version").len().collect().iter_rows())
    return {v: clips - found.get(v, 0) for v in sorted(versions) if found.get(v, 0) < clips}


def index_digest(shards: Sequence[Shard]) -> str:
    """Return the digest of what an index is made from."""
    return digest_of([[shard.slot, shard.content_digest] for shard in shards])


def leak_index(lake: Lake, near: float) -> LeakIndex:
    """Return the index of the lake's evaluation sets; a process makes it once."""
    return _index(lake.root, index_digest(set_shards(lake)), near)


@lru_cache(maxsize=1)
def _index(root: Path, digest: str, near: float) -> LeakIndex:  # noqa: ARG001 (part of the key)
    lake = Lake(root)
    rows = [row for shard in set_shards(lake) for row in lake.read_shard(shard).to_pylist()]
    return LeakIndex.of(rows, near)


def _normalised(texts: Sequence[str]) -> list[str]:
    return [plain for plain in map(normalised, texts) if plain]
