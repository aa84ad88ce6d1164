"""Export a lake: every row that may leave, in one of the forms, complete or not at all."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.exports.attribution import Credits, credits_in, write_markdown
from pipelines.exports.folder import facts_of, new_folder
from pipelines.exports.form import Form, Options, Told
from pipelines.exports.hugging_face import HuggingFace
from pipelines.exports.manifest import (
    TABLES_READ,
    manifest,
    remember,
    versions_read,
    write_manifest,
)
from pipelines.exports.rows import Choice, Left, Sounding, Talking, roots_leaving, soundings
from pipelines.exports.ualm_release import UalmRelease
from pipelines.exports.webdataset import WebDataset
from pipelines.running.task_runs import STEP_VERSION
from pipelines.takedowns import takedown_digests
from schemas.lake import Lake


class Attribution(Form):
    """The attribution files alone."""

    def add(self, clip: Sounding) -> None:
        """Write nothing: the attribution file has the clip."""

    def finish(self) -> None:
        """Write nothing."""


FORMS: dict[str, type[Form]] = {
    "hf": HuggingFace,
    "webdataset": WebDataset,
    "ualm": UalmRelease,
    "attribution": Attribution,
}
"""By the name that the command line uses."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export did."""

    run_id: str
    """By which takedowns name it."""
    told: dict[str, Any]
    """Its manifest."""
    seconds: float


def export(
    lake: Lake,
    output: Path,
    kind: str,
    choice: Choice,
    options: Options,
    advance: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write an export.

    Memory holds one shard of sounds and the rows of one root, whatever the size of the lake.

    Args:
        lake: The lake.
        output: Folder to make.
        kind: One of `FORMS`.
        choice: Which rows leave, under which policy.
        options: What was said beside the rows.
        advance: Called with 1 after each clip.

    Raises:
        ValueError: If the folder holds something, nothing is to leave, or rows were taken down
            meanwhile: that takedown could not name this export.
        LakeWriteError: If the disk refuses.
    """
    began = time.monotonic()
    versions, gone = versions_read(lake), takedown_digests(lake)
    options = replace(options, location=options.location or str(output.absolute()))
    left = Left()
    with new_folder(output) as folder:
        with ExitStack() as files:
            form = FORMS[kind](folder, options, files)
            credited = files.enter_context(credits_in(folder))
            for root, leaving, shards in roots_leaving(lake, choice, left):
                heard = set()
                for clip in soundings(shards, root, leaving, choice, left):
                    form.add(clip)
                    credited.add(clip)
                    heard.add(clip.clip_id)
                    advance(1)
                for talk in leaving.talks:
                    if heard.issuperset(talk.clip_ids):
                        _converse(form, kind, talk, left, credited)
                    else:
                        left.behind["conversations about a clip that stays behind"] += 1
            form.finish()
        if not left.clips and not left.conversations:
            raise ValueError(_nothing(left))
        write_markdown(folder, credited.texts)
        form.describe(
            Told(
                choice=choice,
                left=left,
                credits=credited,
                versions=versions,
                languages=options.language or _languages(lake),
                steps=_steps(lake),
            )
        )
        told = manifest(kind, versions, choice, left, facts_of(folder))
        write_manifest(folder, told)
        if takedown_digests(lake) != gone:
            msg = f"rows of {lake.root} were taken down during this export; run it again"
            raise ValueError(msg)
    seconds = time.monotonic() - began
    return Exported(run_id=remember(lake, output, told, seconds), told=told, seconds=seconds)


def _converse(form: Form, kind: str, talk: Talking, left: Left, credited: Credits) -> None:
    """Write a conversation and credit it, or count it if it has no place in the form."""
    if not form.talks:
        left.behind[f"conversations that {kind} has no place for"] += 1
        return
    before = left.conversations
    form.converse(talk, left)
    if left.conversations > before:
        credited.converse(talk)


def _languages(lake: Lake) -> tuple[str, ...]:
    """Return the languages that were measured of captions, the commonest first."""
    rows = (
        lake.scan("caption_measures")
        .filter(pl.col("name") == "language", pl.col("text").is_not_null())
        .group_by("text")
        .len()
        .sort(["len", "text"], descending=[True, False])
        .collect(engine="streaming")
    )
    return tuple(rows["text"].to_list())


def _steps(lake: Lake) -> tuple[str, ...]:
    """Return the steps whose shards are live in the tables that an export reads, with versions."""
    found: dict[str, set[str]] = {}
    for table in TABLES_READ:
        for step, shards in lake.listing(table).by_step.items():
            versions = {lake.counts(shard).get(STEP_VERSION) for shard in shards}
            found.setdefault(step, set()).update(str(v) for v in versions if v is not None)
    return tuple(
        f"{step} {' and '.join(sorted(v)) or '(no version kept)'}" for step, v in found.items()
    )


def _nothing(left: Left) -> str:
    reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(left.behind.items()) if n)
    return f"expected rows to export, found none ({reasons or 'the lake holds no clips'})"
