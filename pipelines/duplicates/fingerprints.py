"""Fingerprint the sound of every clip: `audio` to `measures`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow.compute as pc

from pipelines.duplicates.chromaprint import chromaprint_fingerprint, chromaprint_version
from pipelines.duplicates.spectral import VERSION, Words, spectral_fingerprint
from pipelines.measuring.sounds import Unreadable, read_waveform
from pipelines.running.step import (
    Advance,
    Counts,
    ShardResult,
    ShardTask,
    Step,
    task_rows,
    tasks_over,
)
from schemas.cores import cores
from schemas.corpus import LedgerRow, Measure
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES

MEASURE = "fingerprint"
LEAST_WORDS = 8
"""Fewer words that are not silence tell nothing."""

Method = Literal["embedded", "fpcalc"]


@dataclass(frozen=True, kw_only=True)
class Fingerprint(Step):
    """Fingerprint each clip, so that near duplicates can be found without the sound.

    Input: shards of `audio`. Output: one row of `measures` for each clip, its words in `data`
    (uint32 little-endian) and the method in `version`; or a row of the ledger for a clip that is
    too quiet, too short or unreadable. Fingerprints of two methods lie beside each other.
    """

    name: ClassVar[str] = "fingerprint"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "measures")

    method: Method = "embedded"
    """`embedded`, or Chromaprint's program `fpcalc`."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of `audio`.

        Raises:
            ValueError: If the method's program is missing.
        """
        parameters = {"method": method_version(self.method), "least_words": LEAST_WORDS}
        return tasks_over(self, lake, "audio", parameters, variant=self.method)

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the fingerprints of one shard's clips, in its order."""
        version, make = method_version(self.method), _MAKERS[self.method]
        rows = task_rows(lake, task, ["clip_id", "audio"])
        clip_ids = rows["clip_id"].to_pylist()
        encoded = pc.struct_field(rows["audio"], "bytes")

        def made(row: int) -> Words | Unreadable:
            words = make(encoded[row].as_py() or b"")
            advance(1)
            return words

        with ThreadPoolExecutor(cores()) as pool:
            results = list(pool.map(made, range(len(clip_ids))))
        counts = Counts(rows_in=len(clip_ids))
        measures, ledger = [], []
        for clip_id, result in zip(clip_ids, results, strict=True):
            if isinstance(result, Unreadable):
                ledger.append(_refusal(clip_id, version, result))
                counts.refuse(ledger[-1].decision, result.reason)
            else:
                counts.produced += 1
                data = result.astype("<u4").tobytes()
                measures.append(Measure(clip_id=clip_id, name=MEASURE, version=version, data=data))
        tables = {
            "ledger": TABLES["ledger"].from_rows(ledger),
            "measures": TABLES["measures"].from_rows(measures),
        }
        return ShardResult(tables=tables, counts=counts)


def method_version(method: str) -> str:
    """Return what a method writes beside its values.

    Raises:
        ValueError: If the method is unknown, or its program is missing.
    """
    if method not in _MAKERS:
        msg = f"expected the fingerprint embedded or fpcalc, got {method!r}"
        raise ValueError(msg)
    return VERSION if method == "embedded" else chromaprint_version()


def _embedded(encoded: bytes) -> Words | Unreadable:
    waveform = read_waveform(encoded, 16_000)
    if isinstance(waveform, Unreadable):
        return waveform
    return _telling(spectral_fingerprint(waveform))


def _chromaprint(encoded: bytes) -> Words | Unreadable:
    try:
        return _telling(chromaprint_fingerprint(encoded))
    except ValueError as error:
        return Unreadable("undecodable", str(error))


def _telling(words: Words) -> Words | Unreadable:
    told = int(np.count_nonzero(words))
    if told < LEAST_WORDS:
        return Unreadable("silent", f"{told} of {len(words)} words tell anything")
    return words


def _refusal(clip_id: str, version: str, refused: Unreadable) -> LedgerRow:
    return LedgerRow(
        ledger_id=content_id("ledger", "audio", clip_id, MEASURE, refused.reason, version),
        table="audio",
        row_id=clip_id,
        step=Fingerprint.name,
        decision="drop" if refused.reason == "silent" else "quarantine",
        reason=refused.reason,
        detail=f"{version}: {refused.detail}",
    )


_MAKERS: dict[str, Callable[[bytes], Words | Unreadable]] = {
    "embedded": _embedded,
    "fpcalc": _chromaprint,
}
