"""One task to its outcome: find what a killed run left, or make the rows and write them.

Nothing here knows Beam: the embedded runner's worker processes run it without.
"""

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pipelines.running.outcomes import NOT_BEGUN, Outcome
from pipelines.running.step import Advance, Counts, RunEndError, ShardResult, ShardTask, Step
from pipelines.takedowns import takedowns
from schemas.lake import Lake
from schemas.shards import FOLDER, Shard, found_shard, parse_name, shard_counts, short_digest

logger = logging.getLogger(__name__)

T = TypeVar("T")
_WRITTEN = "written"
STEP_VERSION = "step_version"
"""Key of the step's version among the counts that a shard keeps."""


class TaskRuns:
    """Run a step's tasks. What earlier runs left is looked for once, so keep the object."""

    def __init__(self, step: Step, root: Path | str) -> None:
        """Prepare to run tasks of a step on the lake in a folder."""
        self._step, self._lake = step, Lake.open(root)
        self._left: dict[str, dict[tuple[str, str], Path]] = {}
        self._ended = False

    def made(self, task: ShardTask, advance: Advance) -> ShardResult | Outcome:
        """Return a task's rows; its outcome if its files are complete already, or it failed.

        Behind one that raised `RunEndError` none is begun.
        """
        if self._ended:
            return Outcome(slot=task.slot, error=NOT_BEGUN, ends_run=True)
        left = _guarded(task, lambda: self._left_by_killed_run(task, advance))
        made = left if left is not None else _guarded(task, lambda: self._rows(task, advance))
        self._ended = isinstance(made, Outcome) and made.ends_run
        return made

    def finished(self, task: ShardTask, made: ShardResult | Outcome, began: float) -> Outcome:
        """Write what was made, unless it is an outcome already: files found, or an error.

        Args:
            task: The task.
            made: What `made` returned of it.
            began: When it began, by `time.monotonic`.
        """
        if isinstance(made, ShardResult):
            outcome = _guarded(task, lambda: self._written(task, made))
        else:
            outcome = made
        outcome.seconds = time.monotonic() - began
        return outcome

    def _rows(self, task: ShardTask, advance: Advance) -> ShardResult:
        result = self._step.run_shard(self._lake, task, advance)
        result.counts.check()
        if set(result.tables) != set(self._step.tables):
            msg = f"expected rows for {sorted(self._step.tables)}, got {sorted(result.tables)}"
            raise ValueError(msg)
        return result

    def _written(self, task: ShardTask, result: ShardResult) -> Outcome:
        # An empty shard is only worth a file where it replaces rows, or says the task is done.
        written = [
            table
            for table in self._step.tables
            if result.tables[table].num_rows
            or table == self._step.tables[-1]
            or task.slot in self._lake.listing(table).by_slot
        ]
        version = {STEP_VERSION: self._step.version}
        note = {_WRITTEN: written, **version, **result.counts.as_json()}
        shards = [
            self._lake.write_shard(
                table, task.slot, task.input_digest, result.tables[table], **note
            )
            for table in written
        ]
        return Outcome(slot=task.slot, counts=result.counts, shards=shards)

    def _left_by_killed_run(self, task: ShardTask, advance: Advance) -> Outcome | None:
        """Return the outcome if every file is complete; the last table is written last."""
        last = self._found(self._step.tables[-1], task)
        if last is None:
            return None
        note = shard_counts(last.path)
        found = [self._found(table, task) for table in note[_WRITTEN]]
        shards = [shard for shard in found if shard is not None]
        if len(shards) < len(found) or _before_takedown(self._lake, shards):
            return None
        advance(task.limit or task.rows)
        return Outcome(slot=task.slot, counts=Counts.from_json(note), shards=shards, reused=True)

    def _found(self, table: str, task: ShardTask) -> Shard | None:
        if table not in self._left:
            self._left[table] = _complete_files(self._lake.folder(table) / FOLDER)
        path = self._left[table].get((task.slot, short_digest(task.input_digest)))
        return found_shard(path, table) if path is not None and path.exists() else None


def _complete_files(folder: Path) -> dict[tuple[str, str], Path]:
    """Return the shard files of a folder by slot and input digest, committed or not."""
    paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    parsed = ((parse_name(path.name), path) for path in paths)
    return {(parts[0], parts[1]): path for parts, path in parsed if parts is not None}


def _before_takedown(lake: Lake, shards: Iterable[Shard]) -> bool:
    """Say whether a row may have been removed since the files were written."""
    newest = max((shard.path.stat().st_mtime_ns for shard in takedowns(lake)), default=0)
    return any(shard.path.stat().st_mtime_ns <= newest for shard in shards)


def _guarded(task: ShardTask, make: Callable[[], T]) -> T | Outcome:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 (one shard's failure must not lose the others; it is listed, and the run exits 1)
        logger.debug("%s", traceback.format_exc())
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
        told = f"{type(error).__name__}: {error} ({where})"
        return Outcome(slot=task.slot, error=told, ends_run=isinstance(error, RunEndError))
