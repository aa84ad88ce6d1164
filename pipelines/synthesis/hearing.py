"""Hear the sounds of scenes and of generations: heard rich captions."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from evaluation.embedded.embedded_judge import current_scorer, embedded_judge, has_judge
from evaluation.sound import UnusableSoundError, decoded
from pipelines.running.step import Advance, ShardResult, ShardTask, Step, aligned, task_rows
from pipelines.synthesis.captioning import rich_caption_row
from pipelines.synthesis.heard import Ear, heard
from pipelines.synthesis.judge_ear import judge_ear
from pipelines.synthesis.row_outcomes import RefusedRowError, Row, go_through, tasks_by_writer
from schemas.corpus import Origin
from schemas.lake import Lake
from schemas.synthesis import RichCaption
from schemas.tables import TABLES

logger = logging.getLogger(__name__)

EARS: dict[str, Callable[[str, str], Ear]] = {"embedded:scene-judge": judge_ear}
"""Loaders of ears by the part of their name before the `@`: (lake's folder, name) to ear."""

UNTRAINED = "embedded:scene-judge@untrained"
"""Stands in a dry run for the judge that would be trained."""

_KEYS: dict[str, str] = {"audio": "clip_id", "generations": "generation_id"}


@dataclass(frozen=True, kw_only=True)
class Hear(Step):
    """Caption sounds from the audio alone.

    Input: shards of `audio` whose clips have exact rich captions (the embedded ear knows the
    events of scenes and no others), or of `generations`. Output: one heard row of `rich_captions`
    for each sound in which something is heard, or a row of the ledger.
    """

    name: ClassVar[str] = "hear"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "rich_captions")

    ear: str
    """Who listens, such as `embedded:scene-judge@<digest>`."""
    sounds: Literal["audio", "generations"]
    """Table of the sounds."""
    threshold: float = 0.5
    """Posterior from which an event counts as heard; belongs to the ear."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of sounds."""
        parameters = {"ear": self.ear, "threshold": self.threshold}
        return tasks_by_writer(
            self, lake, self.sounds, parameters, lambda slot: self._known(lake, slot)
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return what is heard in one shard's sounds, in its order."""
        key = _KEYS[self.sounds]
        ear = ear_of(lake, self.ear)
        rows = task_rows(lake, task, [key, "audio"]).to_pylist()
        make = partial(heard_of_row, key=key, ear=ear, threshold=self.threshold)
        source = (self.sounds, key)
        outcomes = go_through(rows, make, writer=(self.name, ""), source=source, advance=advance)
        tables = {
            "ledger": TABLES["ledger"].from_rows(outcomes.ledger),
            "rich_captions": TABLES["rich_captions"].from_rows(outcomes.made),
        }
        return ShardResult(tables=tables, counts=outcomes.counts)

    def _known(self, lake: Lake, slot: str) -> bool:
        if self.sounds == "generations":
            return True
        return any(
            True in lake.read_shard(shard, ["exact"])["exact"].to_pylist()
            for shard in aligned(lake, "rich_captions", slot)
        )


def ear_of(lake: Lake, name: str) -> Ear:
    """Return an ear by its name.

    Raises:
        ValueError: If no loader knows the name, or its weights are gone.
    """
    family = name.partition("@")[0]
    if family not in EARS:
        msg = f"expected an ear of {', '.join(EARS)}; got {name!r}"
        raise ValueError(msg)
    return EARS[family](str(lake.root), name)


def heard_of_row(row: Row, *, key: str, ear: Ear, threshold: float) -> Iterator[RichCaption]:
    """Yield the heard rich caption of a sound.

    Args:
        row: With `audio` and its key.
        key: clip_id or generation_id.
        ear: Who listens.
        threshold: Posterior from which an event counts as heard.

    Raises:
        RefusedRowError: If the sound cannot be used, or nothing is heard in it.
    """
    try:
        sound = decoded(row["audio"]["bytes"], ear.sample_rate)
    except UnusableSoundError as error:
        raise RefusedRowError(error.reason, error.detail) from error
    answer = heard(sound.samples, ear, threshold)
    clip_id = row[key] if key == "clip_id" else None
    generation_id = row[key] if key == "generation_id" else None
    yield rich_caption_row(
        answer, "heard", Origin(model=ear.name), clip_id=clip_id, generation_id=generation_id
    )


def hearing_steps(lake: Lake, threshold: float, *, fit: bool = True) -> list[Hear]:
    """Return the steps that hear a lake's scenes and generations with its embedded judge.

    Args:
        lake: The lake.
        threshold: Posterior from which an event counts as heard.
        fit: Whether to train the judge if the lake has none; it then stays. Without, steps of a
            judge yet to be trained can be planned, but not run.

    Raises:
        ValueError: If there is no judge and too few scenes to train one.
    """
    if fit and not has_judge(lake):
        logger.info("embedded judge: training on the lake's scenes first, about a minute")
    ear = embedded_judge(lake).scorer if fit else _ear_now(lake)
    kinds: tuple[Literal["audio", "generations"], ...] = ("audio", "generations")
    return [Hear(ear=ear, sounds=sounds, threshold=threshold) for sounds in kinds]


def _ear_now(lake: Lake) -> str:
    return current_scorer(lake) if has_judge(lake) else UNTRAINED
