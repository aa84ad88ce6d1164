"""Encode the sound of every clip with a codec: `audio` to `codes`."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow.compute as pc

from pipelines.measuring.sounds import Unreadable, Waveform, read_waveform, stored_length
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
from schemas.corpus import Codes, LedgerRow
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES
from training.codecs.codec import Codec, codes_to_bytes
from training.codecs.registry import load_codec


@dataclass(frozen=True, kw_only=True)
class Encode(Step):
    """Encode clips; clips of one length share a batch, because padding would change their codes.

    Input: shards of `audio`. Output: one row of `codes` for each clip, or a row of the ledger.
    Codes of several codecs live beside each other.
    """

    name: ClassVar[str] = "encode"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "codes")

    codec: str
    """Id of a codec, `name@digest`, as `pipelines.encoding.codec_fit.ready_codec` returns it."""
    batch_s: float = 40.0
    """Sound in a batch, in seconds: bounds the memory of a neural codec (about 100 MB a 10 s
    clip)."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of `audio`."""
        parameters = {"codec": self.codec, "batch_s": self.batch_s}
        return tasks_over(self, lake, "audio", parameters, variant=self.codec)

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the codes of one shard's clips, in its order."""
        codec = load_codec(self.codec, lake)
        rows = task_rows(lake, task, ["clip_id", "audio"])
        clip_ids = rows["clip_id"].to_pylist()
        encoded = pc.struct_field(rows["audio"], "bytes")
        results = encode_sounds(
            lambda row: encoded[row].as_py(), len(clip_ids), codec, self.batch_s, advance
        )
        counts = Counts(rows_in=len(clip_ids))
        codes, ledger = [], []
        for clip_id, result in zip(clip_ids, results, strict=True):
            if isinstance(result, Unreadable):
                ledger.append(_refusal(clip_id, result, codec))
                counts.refuse(ledger[-1].decision, result.reason)
            else:
                counts.produced += 1
                codes.append(_row(clip_id, result, codec))
        tables = {
            "ledger": TABLES["ledger"].from_rows(ledger),
            "codes": TABLES["codes"].from_rows(codes),
        }
        return ShardResult(tables=tables, counts=counts)


def encode_sounds(
    read: Callable[[int], bytes | None],
    sounds: int,
    codec: Codec,
    batch_s: float,
    advance: Advance,
) -> list[bytes | Unreadable]:
    """Return the stored codes of encoded sounds, or why there are none, in their order.

    Headers are read first, so that sounds of one length meet in a batch while no more than a
    batch is ever decoded at a time. Threads decode; the codec runs in this one.

    Args:
        read: Returns the encoded file of a sound by its index.
        sounds: How many there are.
        codec: The codec.
        batch_s: Sound in a batch, in seconds; a longer one is a batch of its own.
        advance: Called with the number of sounds finished.
    """
    rate = codec.sample_rate
    results: list[bytes | Unreadable] = [Unreadable("undecodable", "not read")] * sounds
    with ThreadPoolExecutor(cores()) as pool:
        lengths = list(pool.map(lambda row: _length(read(row), codec), range(sounds)))
        for batch in _batches(lengths, int(batch_s * rate)):
            waveforms = list(pool.map(lambda row: read_waveform(read(row), rate), batch))
            for row, result in zip(batch, _encoded(waveforms, codec), strict=True):
                results[row] = result
            advance(len(batch))
    for row, length in enumerate(lengths):
        if isinstance(length, Unreadable):
            results[row] = length
            advance(1)
    return results


def _length(encoded: bytes | None, codec: Codec) -> int | Unreadable:
    length = stored_length(encoded, codec.sample_rate)
    if isinstance(length, int) and length < codec.min_samples:
        return Unreadable("short", f"{length} samples, under {codec.min_samples}")
    return length


def _batches(lengths: Sequence[int | Unreadable], samples: int) -> Iterator[list[int]]:
    """Yield indices of sounds of one length, shortest first, at most so many samples together."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths):
        if not isinstance(length, Unreadable):
            groups[length].append(row)
    for length, members in sorted(groups.items()):
        size = max(1, samples // length)
        yield from (members[start : start + size] for start in range(0, len(members), size))


def _encoded(
    waveforms: Sequence[Waveform | Unreadable], codec: Codec
) -> Iterator[bytes | Unreadable]:
    good = [one for one in waveforms if not isinstance(one, Unreadable)]
    codes = iter(codec.encode(np.stack(good)) if good else ())
    for one in waveforms:
        yield one if isinstance(one, Unreadable) else codes_to_bytes(next(codes))


def _row(clip_id: str, codes: bytes, codec: Codec) -> Codes:
    return Codes(
        clip_id=clip_id,
        codec=codec.id,
        codebooks=codec.codebooks,
        codebook_size=codec.codebook_size,
        frames=len(codes) // (2 * codec.codebooks),
        frame_rate=codec.frame_rate,
        codes=codes,
    )


def _refusal(clip_id: str, refused: Unreadable, codec: Codec) -> LedgerRow:
    # The codec is in the id: a clip refused under two codecs is two rows.
    identity = ("audio", clip_id, Encode.name, refused.reason, codec.id)
    return LedgerRow(
        ledger_id=content_id("ledger", *identity),
        table="audio",
        row_id=clip_id,
        step=Encode.name,
        decision="drop" if refused.reason == "short" else "quarantine",
        reason=refused.reason,
        detail=f"{codec.id}: {refused.detail}",
    )
