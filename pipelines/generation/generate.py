"""Generate sounds for contexts with a checkpoint: `contexts` to `generations`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pipelines.audio.flac import encode_flac, quantise
from pipelines.generation.contexts import chosen_contexts
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from schemas.corpus import AudioBytes, LedgerRow
from schemas.generation import Generation, Segment
from schemas.ids import content_id, digest_of, seed_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES
from training.checkpoint import Checkpoint
from training.codecs.codec import Codec, codes_to_bytes
from training.codecs.registry import load_codec
from training.generate import generate_audio
from training.sampling import AudioSampling

_SEQUENCES = 16
"""Sequences sampled side by side."""


@dataclass(frozen=True, kw_only=True)
class Generate(Step):
    """Answer some contexts of a split with several sounds each.

    Input: shards of `contexts`. Output: `samples` rows of `generations` for each chosen context,
    or a row of the ledger. What two checkpoints, two splits or two settings generated lies beside
    each other; the same seed gives the same sounds on one machine.
    """

    name: ClassVar[str] = "generate"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "generations")

    checkpoint: str
    """Folder of the checkpoint, as the workers see it."""
    model: str
    """Id of the checkpoint, `name@digest`."""
    codec: str
    """Id of the codec whose codes the checkpoint speaks."""
    split: str = "test"
    """Split of the contexts."""
    contexts: int = 16
    """How many contexts to answer, spread over as many clips as there are."""
    samples: int = 4
    """Sounds for each context."""
    seconds: float = 10.0
    """Length of each sound, rounded to whole frames of the codec."""
    top_k: int = 20
    """Likeliest codes to draw from (UALM, Table 7)."""
    temperature: float = 1.0
    """Divides the logits (UALM, Table 7)."""
    guidance: float = 3.0
    """Scale of classifier-free guidance; 1 is none (UALM, Table 7)."""
    seed: int = 0
    """Changes every sample's own seed."""

    @property
    def settings(self) -> str:
        """What shapes a sample beside its seed, as JSON: the `settings` column."""
        values = {
            "guidance": self.guidance,
            "seconds": self.seconds,
            "seed": self.seed,
            "temperature": self.temperature,
            "top_k": self.top_k,
        }
        return json.dumps(values, sort_keys=True)

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard that holds chosen contexts.

        Raises:
            ValueError: If the lake has no context of the split.
        """
        chosen = chosen_contexts(lake, self.split, self.contexts)
        # Not of the number of samples or contexts: asking for more answers the same question.
        variant = f"{self.model}-{self.split}-{digest_of(self.settings)[:8]}"
        shards = {shard.slot: shard for shard in lake.shards("contexts")}
        return [self._task(shards[slot], ids, variant) for slot, ids in sorted(chosen.items())]

    def _task(self, shard: Shard, context_ids: Sequence[str], variant: str) -> ShardTask:
        # Contexts are named by their content, so their ids stand for what they say.
        asked = [self.model, self.codec, self.settings, self.samples, list(context_ids)]
        writer = shard.slot.split(".")[1:-1]
        return ShardTask(
            slot=".".join([self.name, "-".join([variant, *writer]), shard.root]),
            input_digest=digest_of([self.name, self.version, asked]),
            payload={"slot": shard.slot, "context_ids": list(context_ids)},
            rows=len(context_ids),
            bytes=shard.size,
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the generations for one task's contexts."""
        codec = load_codec(self.codec, lake)
        contexts = _contexts(lake, task)
        counts = Counts(rows_in=len(contexts))
        readable = [row for row in contexts if _is_text(row)]
        refused = [self._refusal(row) for row in contexts if not _is_text(row)]
        for _ in refused:
            counts.refuse("drop", "needs_audio")
            advance(1)
        generations: list[Generation] = []
        together = max(1, _SEQUENCES // self.samples)
        for start in range(0, len(readable), together):
            batch = readable[start : start + together]
            generations.extend(self._answers(batch, codec))
            counts.produced += len(batch)
            advance(len(batch))
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "generations": TABLES["generations"].from_rows(generations),
        }
        return ShardResult(tables=tables, counts=counts)

    def _answers(self, contexts: Sequence[dict[str, Any]], codec: Codec) -> Iterator[Generation]:
        checkpoint = _checkpoint(self.checkpoint, self.model)
        asked = [(row, sample) for row in contexts for sample in range(self.samples)]
        seeds = [seed_of(row["context_id"], self.model, sample, self.seed) for row, sample in asked]
        answers = generate_audio(
            checkpoint.model,
            checkpoint.vocabulary,
            [[Segment(**segment) for segment in row["segments"]] for row, _ in asked],
            max(1, round(self.seconds * codec.frame_rate)),
            AudioSampling(temperature=self.temperature, top_k=self.top_k, guidance=self.guidance),
            seeds,
        )
        for (row, sample), seed, codes in zip(asked, seeds, answers, strict=True):
            yield self._row(row["context_id"], sample, seed, codes, codec)

    def _row(
        self, context_id: str, sample: int, seed: int, codes: NDArray[np.int16], codec: Codec
    ) -> Generation:
        # One at a time: a sound decoded in a batch could differ in its last bits.
        waveform = codec.decode(codes[None])[0]
        identity = content_id("generation", context_id, self.model, seed, self.settings)
        sound = encode_flac(quantise(waveform), codec.sample_rate)
        return Generation(
            generation_id=identity,
            context_id=context_id,
            model=self.model,
            sample=sample,
            seed=seed,
            settings=self.settings,
            codec=codec.id,
            codebooks=codes.shape[0],
            frames=codes.shape[1],
            codes=codes_to_bytes(codes),
            sample_rate=codec.sample_rate,
            duration_s=len(waveform) / codec.sample_rate,
            audio=AudioBytes(bytes=sound, path=f"{identity}.flac"),
        )

    def _refusal(self, context: dict[str, Any]) -> LedgerRow:
        identity = ("contexts", context["context_id"], self.name, "needs_audio", self.model)
        return LedgerRow(
            ledger_id=content_id("ledger", *identity, self.settings),
            table="contexts",
            row_id=context["context_id"],
            step=self.name,
            decision="drop",
            reason="needs_audio",
            detail=f"{self.model}: only contexts of text can be answered yet",
        )


def generate_step(checkpoint: Path, lake: Lake, **options: Any) -> Generate:
    """Return the step for a checkpoint.

    Args:
        checkpoint: Its folder, or the folder of the run that made it.
        lake: The lake, which must know the checkpoint's codec.
        options: Other fields of `Generate`.

    Raises:
        ValueError: If there is no such checkpoint, the lake does not know its codec, or an option
            is out of range.
    """
    loaded = Checkpoint.load(checkpoint)
    step = Generate(
        checkpoint=str(checkpoint.resolve()),
        model=loaded.id,
        codec=loaded.vocabulary.codec,
        **options,
    )
    if step.samples < 1 or step.contexts < 1 or not step.seconds > 0:
        msg = (
            "expected at least one context, one sample and some sound, got "
            f"{step.contexts} contexts, {step.samples} samples, {step.seconds} s"
        )
        raise ValueError(msg)
    load_codec(step.codec, lake)
    return step


@lru_cache(maxsize=2)
def _checkpoint(folder: str, model: str) -> Checkpoint:
    checkpoint = Checkpoint.load(Path(folder))
    if checkpoint.id != model:
        msg = f"expected {model} in {folder}, got {checkpoint.id}: run `ualm generate` again"
        raise ValueError(msg)
    return checkpoint


def _contexts(lake: Lake, task: ShardTask) -> list[dict[str, Any]]:
    """Return the task's contexts by id, at most its limit."""
    wanted = task.payload["context_ids"][: task.limit]
    shards = [s for s in lake.shards("contexts") if s.slot == task.payload["slot"]]
    rows = [
        row
        for shard in shards
        for row in lake.read_shard(shard, ["context_id", "segments"]).to_pylist()
        if row["context_id"] in set(wanted)
    ]
    if len(rows) != len(wanted):
        msg = "contexts are gone since this run was planned; run the step again"
        raise ValueError(msg)
    return sorted(rows, key=lambda row: str(row["context_id"]))


def _is_text(context: dict[str, Any]) -> bool:
    return all(segment["modality"] == "text" for segment in context["segments"])
