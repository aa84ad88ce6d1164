"""A corpus as one file: its steps in order, each with its options.

    [[steps]]
    step = "ingest"
    source = "scenes"
    input = "300"

    [[steps]]
    step = "encode"

    [[steps]]
    step = "samples"
    stage = "sft1"
    [steps.blend.tasks.reasoning]
    [steps.blend.tasks.audio-to-text]
    share = 0.2

Steps run from top to bottom, each on what the ones before left in the lake. Running the file
again runs only what changed.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializeAsAny,
    ValidationError,
    field_validator,
)

from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.corpus.steps import STEPS
from pipelines.running.run import Summary
from pipelines.toml_file import mistakes, read_toml
from schemas.lake import Lake

logger = logging.getLogger(__name__)


def _entry(value: Any) -> StepEntry:
    if isinstance(value, StepEntry):
        return value
    name = value.get("step") if isinstance(value, dict) else None
    form = STEPS.get(name) if isinstance(name, str) else None
    if form is None:
        msg = f"expected `step` to be one of {', '.join(STEPS)}; got {name!r}"
        raise ValueError(msg)
    try:
        return form.model_validate(value)
    except ValidationError as error:  # told by the entry's own keys, which the corpus does not know
        raise ValueError(mistakes(error, form)) from error


class Corpus(BaseModel):
    """The steps of a corpus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[SerializeAsAny[Annotated[StepEntry, BeforeValidator(_entry)]], ...]
    """In the order in which they run."""

    @field_validator("steps")
    @classmethod
    def _not_none(cls, steps: tuple[StepEntry, ...]) -> tuple[StepEntry, ...]:
        if not steps:
            msg = 'expected at least 1 item, such as [[steps]] with step = "encode"; got none'
            raise ValueError(msg)
        return steps


def read_corpus(path: Path) -> Corpus:
    """Read a corpus file.

    Raises:
        ValueError: If the file is missing, no TOML, or names a step or option that there is not.
    """
    return read_toml(path, Corpus, "a corpus file")


def refuse_corpus(corpus: Corpus, running: Running) -> None:
    """Refuse a corpus that names what there is not, before a step runs: most run for hours.

    Args:
        corpus: What will be run.
        running: How.

    Raises:
        ValueError: If an entry names a source, policy, stage, model or evaluation set that is not
            there, with the entry's place and all such mistakes.
    """
    wrong = []
    for place, entry in enumerate(corpus.steps):
        try:
            entry.refuse(running)
        except (ValueError, OSError) as error:
            wrong.append(f"steps.{place} ({entry.step}): {error}")
    if wrong:
        raise ValueError("; ".join(wrong))


def run_corpus(corpus: Corpus, lake: Lake, running: Running) -> Iterator[Summary]:
    """Run the steps of a corpus in order, yielding what each did.

    It goes on after a summary with failures if it is asked to: stop asking to stop. A dry run
    tells of an entry that needs what an earlier one has yet to make, and goes on.

    Args:
        corpus: What to run.
        lake: The lake to build.
        running: How to run it.

    Raises:
        ValueError: If a step cannot be set up, such as samples without codes; not in a dry run.
    """
    for entry in corpus.steps:
        try:
            yield from entry.run(lake, running)
        except ValueError as error:
            if not running.dry_run:
                raise
            told = str(error).replace(str(lake.root), "the lake")
            logger.warning("%s: cannot be planned on what the lake holds now: %s", entry.step, told)


def running_from(path: Path, running: Running) -> Running:
    """Return how to run a corpus file, with its relative paths going from its own folder."""
    return replace(running, folder=path.resolve().parent)
