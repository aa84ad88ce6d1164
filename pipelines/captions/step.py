"""Caption every clip with a model: sample, rank, filter; `audio` to `captions`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pipelines.captioners.captioner import SAMPLE_RATE, Captioner, Said
from pipelines.captioners.named import captioner_licence, captioner_name, opened_captioner
from pipelines.captions.recipe import ETTA, CaptionRecipe
from pipelines.captions.rows import ClipFacts, ClipRows, Writer, clip_facts, clip_rows, refused_clip
from pipelines.captions.scorers import EMBEDDED, CaptionScorer, opened_scorer, scorer_name
from pipelines.measuring.scores import scorer_token
from pipelines.measuring.sounds import Unreadable, Waveform, read_waveform
from pipelines.remote.cache import response_cache
from pipelines.remote.endpoint import round_of
from pipelines.running.in_order import in_order
from pipelines.running.step import (
    Advance,
    Counts,
    ShardResult,
    ShardTask,
    Step,
    aligned,
    task_rows,
    tasks_over,
)
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

Heard = tuple[Waveform, list[Said]]


@dataclass(frozen=True, kw_only=True)
class Captions(Step):
    """Write pseudo-captions, and keep those that agree best with the sound.

    Input: shards of `audio`. Output: for each clip at most `recipe.keep` rows of `captions`, with
    their scores in `caption_measures`; each sample that is not kept is a row of the ledger, under
    the id that its caption would have had, and so is a clip of which no sample is kept.
    """

    name: ClassVar[str] = "captions"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "captions", "caption_measures")

    captioner: str = EMBEDDED
    """`embedded`, `openai:MODEL@BASE_URL`, a folder or a hub id."""
    licence: str | None = None
    """Licence of what it writes; None for what is reported of the model."""
    scorer: str = EMBEDDED
    """`embedded`: the lake's judge; or a CLAP's folder or hub id."""
    recipe: CaptionRecipe = ETTA
    """What is asked and what is kept."""
    seed: int = 0
    """Of the samples."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of sounds.

        Raises:
            ValueError: If there is no sound, no such captioner or scorer, or if clips are to be
                dropped by aesthetics that nobody measured.
        """
        if not lake.shards("audio"):
            msg = f"expected sounds in {lake.root}, found none; run `ualm corpus ingest` first"
            raise ValueError(msg)
        captioner = captioner_name(self.captioner, lake)
        parameters = {
            "captioner": captioner,
            "licence": captioner_licence(self.captioner, self.licence),
            "scorer": scorer_name(self.scorer, lake),
            "recipe": self.recipe.model_dump(),
            "seed": self.seed,
            **round_of(self.captioner),
        }
        variant = scorer_token(captioner)
        tasks = tasks_over(self, lake, "audio", parameters, variant)
        return [replace(task, input_digest=self._digest(lake, task)) for task in tasks]

    def _digest(self, lake: Lake, task: ShardTask) -> str:
        """Return the task's digest with what else the recipe reads of its clips."""
        read = [("captions", "ingest")] if self.recipe.rule == "label" else []
        read += [("measures", "")] if self.recipe.aesthetics else []
        beside = [
            shard.content_digest
            for table, writer in read
            for shard in aligned(lake, table, task.slot)
            if shard.slot.startswith(writer)
        ]
        return digest_of([task.input_digest, beside]) if read else task.input_digest

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the captions of one shard's clips, in its order.

        Raises:
            ServerLostError: If the captioner is on a server that is gone; what it answered is
                kept for the next run.
        """
        rows = task_rows(lake, task, ["clip_id", "audio"]).to_pylist()
        facts = clip_facts(lake, task, self.recipe)
        writer = self._writer(lake, opened_scorer(self.scorer, lake))
        result = _Result(Counts(rows_in=len(rows)))
        cache = response_cache(lake, task.slot)
        opened = opened_captioner(self.captioner, lake, self.recipe.sampling, cache)
        with cache, opened as captioner:
            for row, heard in zip(rows, self._heard(rows, facts, captioner), strict=True):
                clip_id = row["clip_id"]
                if isinstance(heard, Unreadable):
                    result.add(refused_clip(clip_id, writer, heard.reason, heard.detail))
                else:
                    result.add(clip_rows(facts[clip_id], *heard, writer))
                advance(1)
        return ShardResult(tables=result.tables(), counts=result.counts)

    def _writer(self, lake: Lake, scorer: CaptionScorer) -> Writer:
        return Writer(
            step=self.name,
            captioner=captioner_name(self.captioner, lake),
            licence=captioner_licence(self.captioner, self.licence),
            scorer=scorer,
            embedded=self.scorer == EMBEDDED,
            recipe=self.recipe,
            prompted=self.captioner != EMBEDDED,
            seed=self.seed,
        )

    def _heard(
        self, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, ClipFacts], who: Captioner
    ) -> Iterator[Heard | Unreadable]:
        def one(row: Mapping[str, Any]) -> Heard | Unreadable:
            waveform = _waveform(row, facts)
            if isinstance(waveform, Unreadable):
                return waveform
            return waveform, who.caption(waveform, self.recipe.sampling.samples, self.seed)

        return in_order(one, rows, who.concurrency)


@dataclass
class _Result:
    counts: Counts

    def __post_init__(self) -> None:
        self._rows: dict[str, list[Any]] = {table: [] for table in Captions.tables}

    def add(self, rows: ClipRows) -> None:
        """Add what became of a clip, and check that each of its samples ended once."""
        if rows.reason is None:
            self.counts.produced += 1
        else:
            self.counts.refuse(rows.decision, rows.reason)
        for table, new in rows.tables.items():
            self._rows[table] += new

    def tables(self) -> dict[str, Any]:
        return {table: TABLES[table].from_rows(rows) for table, rows in self._rows.items()}


def _waveform(row: Mapping[str, Any], facts: Mapping[str, ClipFacts]) -> Waveform | Unreadable:
    clip = facts.get(row["clip_id"])
    if clip is None:
        return Unreadable("clip_missing", "its row of `clips` is gone")
    if clip.refused is not None:
        return clip.refused
    return read_waveform(row["audio"]["bytes"], SAMPLE_RATE)
