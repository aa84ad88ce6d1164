"""Check what captions say: leaked prompts, markup, language, events that nobody hears, ..."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evaluation.embedded.embedded_judge import load_judge, weights_path
from pipelines.captions.events import named_events, tags, unheard
from pipelines.captions.language import LANGUAGES, VERSION, Guess, foreign, guesses
from pipelines.captions.rules import (
    CHECKS,
    PLAIN,
    Check,
    Finding,
    repetition,
    too_long,
    too_short,
)
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step, aligned, task_rows
from pipelines.synthesis.row_outcomes import tasks_by_writer
from pipelines.toml_file import read_toml
from schemas.corpus import CaptionMeasure, Decision, TextKind
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

_COLUMNS = ["caption_id", "clip_id", "text", "text_kind"]
_CHUNK = 2000


class CheckRules(BaseModel):
    """What is checked, and what costs a caption its place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[TextKind, ...] = ("human", "pseudo", "derived")
    """Kinds of text that are captions; a title or a label is no sentence."""
    reject: tuple[Check, ...] = ("leaked_prompt", "markup", "probability", "repetition", "language")
    """Checks that reject; the others report."""
    reject_kinds: tuple[TextKind, ...] = ("pseudo", "derived")
    """Kinds that can be rejected; what a person wrote is only reported."""
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)
    """ISO 639-1 codes of the languages wanted."""
    language_margin: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Confidence by which another language has to win; see docs/captioning.md."""
    min_words: Annotated[int, Field(ge=1)] = 2
    """Fewer are reported as short."""
    max_words: Annotated[int, Field(ge=1)] = 150
    """More are reported as long."""
    repeated_words: Annotated[int, Field(ge=2)] = 4
    """Times in a row from which a word counts as repeated."""
    repeated_phrases: Annotated[int, Field(ge=2)] = 3
    """Times in a row from which a phrase counts as repeated."""
    event_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Posterior under which a named event counts as not heard."""

    @field_validator("languages")
    @classmethod
    def _known(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(languages) - set(LANGUAGES)):
            msg = f"expected languages of {', '.join(LANGUAGES)}; got {', '.join(unknown)}"
            raise ValueError(msg)
        return languages


DEFAULTS = CheckRules()


@dataclass(frozen=True, kw_only=True)
class CaptionCheck(Step):
    """Give a verdict on each caption of which something is to be said.

    Input: shards of `captions`. Output: rows of `decisions` for captions with findings, kept or
    not; the language of every caption that was checked in `caption_measures`.
    """

    name: ClassVar[str] = "caption-checks"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("caption_measures", "decisions")

    rules: CheckRules = DEFAULTS
    """What is checked."""
    judge: str | None = None
    """Id of the embedded judge that events are checked against; None leaves events unchecked."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of `captions`.

        Raises:
            ValueError: If there is no caption, or no such judge.
        """
        if not lake.shards("captions"):
            msg = f"expected captions in {lake.root}, found none; run `ualm corpus ingest` first"
            raise ValueError(msg)
        if self.judge is not None:
            load_judge(weights_path(lake, self.judge))
        parameters = {
            "rules": self.rules.model_dump(),
            "judge": self.judge,
            "language": VERSION,
        }
        tasks = tasks_by_writer(self, lake, "captions", parameters)
        if self.judge is None:
            return tasks
        return [replace(task, input_digest=_with_sounds(lake, task)) for task in tasks]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the verdicts on one shard's captions, in its order."""
        rows = task_rows(lake, task, _COLUMNS).to_pylist()
        counts = Counts(rows_in=len(rows))
        heard = self._heard(lake, task, rows)
        decisions: list[Decision] = []
        measures: list[CaptionMeasure] = []
        for first in range(0, len(rows), _CHUNK):
            chunk = rows[first : first + _CHUNK]
            checked = [row for row in chunk if row["text_kind"] in self.rules.kinds]
            found = guesses([row["text"] for row in checked], self.rules.languages)
            guessed = {row["caption_id"]: g for row, g in zip(checked, found, strict=True)}
            measures += _measures(guessed)
            for row in chunk:
                guess = guessed.get(row["caption_id"])
                verdict = guess and _verdict(row, self._findings(row, guess, heard), self.rules)
                if verdict:
                    decisions.append(verdict)
                if verdict and not verdict.keep:
                    counts.refuse("drop", verdict.reason)
                else:
                    counts.produced += 1
            advance(len(chunk))
        tables = {
            "caption_measures": TABLES["caption_measures"].from_rows(measures),
            "decisions": TABLES["decisions"].from_rows(decisions),
        }
        return ShardResult(tables=tables, counts=counts)

    def _findings(
        self, row: Mapping[str, Any], guess: Guess, heard: Mapping[str, Mapping[str, float]]
    ) -> list[Finding]:
        rules, text = self.rules, row["text"]
        found = [
            *findings(text, rules),
            foreign(guess, wanted=rules.languages, margin=rules.language_margin),
        ]
        if row["clip_id"] in heard:
            found.append(unheard(text, heard[row["clip_id"]], threshold=rules.event_threshold))
        return [one for one in found if one is not None]

    def _heard(
        self, lake: Lake, task: ShardTask, rows: Sequence[Mapping[str, Any]]
    ) -> dict[str, dict[str, float]]:
        """Return the tags of the clips of which a caption names an event that the judge knows."""
        if self.judge is None:
            return {}
        judge = load_judge(weights_path(lake, self.judge))
        asked = {
            row["clip_id"]
            for row in rows
            if row["text_kind"] in self.rules.kinds and named_events(row["text"], judge.classes)
        }
        return {
            row["clip_id"]: heard
            for row in _sounds(lake, task)
            if row["clip_id"] in asked and (heard := tags(row["audio"]["bytes"], judge))
        }


def findings(text: str, rules: CheckRules) -> list[Finding | None]:
    """Return what the checks that need only the text find.

    Example:
        >>> [one.check for one in findings("**Rain** (0.93)", DEFAULTS) if one]
        ['markup', 'probability']
    """
    return [
        *(check(text) for check in PLAIN),
        repetition(text, words=rules.repeated_words, phrases=rules.repeated_phrases),
        too_short(text, words=rules.min_words),
        too_long(text, words=rules.max_words),
    ]


def read_check_rules(path: Path) -> CheckRules:
    """Read rules from TOML, such as `reject = ["leaked_prompt", "events"]`.

    Raises:
        ValueError: If the file is missing, no TOML, or not rules.
    """
    return read_toml(path, CheckRules, "rules of caption checks")


def _verdict(
    row: Mapping[str, Any], found: Sequence[Finding], rules: CheckRules
) -> Decision | None:
    """Return the verdict for the gravest finding, of those that reject if there is one."""
    if not found:
        return None
    rejecting = row["text_kind"] in rules.reject_kinds
    ordered = sorted(found, key=lambda one: CHECKS.index(one.check))
    grave = [one for one in ordered if rejecting and one.check in rules.reject]
    first = (grave or ordered)[0]
    return Decision(
        table="captions",
        row_id=row["caption_id"],
        step=CaptionCheck.name,
        keep=not grave,
        reason=first.check,
        value=first.value,
        threshold=first.threshold,
        evidence="; ".join(f"{one.check}: {one.evidence}" for one in ordered),
    )


def _measures(guessed: Mapping[str, Guess]) -> Iterator[CaptionMeasure]:
    for caption_id, guess in guessed.items():
        yield CaptionMeasure(
            caption_id=caption_id,
            name="language",
            version=VERSION,
            value=guess.margin,
            text=guess.code,
        )


def _with_sounds(lake: Lake, task: ShardTask) -> str:
    sounds = [shard.content_digest for shard in aligned(lake, "audio", task.slot)]
    return digest_of([task.input_digest, *sounds])


def _sounds(lake: Lake, task: ShardTask) -> Iterator[dict[str, Any]]:
    for shard in aligned(lake, "audio", task.slot):
        yield from lake.read_shard(shard, ["clip_id", "audio"]).to_pylist()
