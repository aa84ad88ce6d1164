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

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny

from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.corpus.steps import STEPS
from pipelines.running.run import Summary
from pipelines.toml_file import read_toml
from schemas.lake import Lake


def _entry(value: Any) -> StepEntry:
    if isinstance(value, StepEntry):
        return value
    name = value.get("step") if isinstance(value, dict) else None
    if name not in STEPS:
        msg = f"expected `step` to be one of {', '.join(STEPS)}; got {name!r}"
        raise ValueError(msg)
    return STEPS[name].model_validate(value)


class Corpus(BaseModel):
    """The steps of a corpus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[
        tuple[SerializeAsAny[Annotated[StepEntry, BeforeValidator(_entry)]], ...],
        Field(min_length=1),
    ]
    """In the order in which they run."""


def read_corpus(path: Path) -> Corpus:
    """Read a corpus file.

    Raises:
        ValueError: If the file is missing, no TOML, or names a step or option that there is not.
    """
    return read_toml(path, Corpus, "a corpus file")


def run_corpus(corpus: Corpus, lake: Lake, running: Running) -> Iterator[Summary]:
    """Run the steps of a corpus in order, yielding what each did.

    It goes on after a summary with failures if it is asked to: stop asking to stop.

    Args:
        corpus: What to run.
        lake: The lake to build.
        running: How to run it.

    Raises:
        ValueError: If a step cannot be set up, such as samples without codes.
    """
    for entry in corpus.steps:
        yield from entry.run(lake, running)


def running_from(path: Path, running: Running) -> Running:
    """Return how to run a corpus file, with its relative paths going from its own folder."""
    return replace(running, folder=path.resolve().parent)
