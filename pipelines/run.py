"""Run a step: plan it, skip what is done, run the rest on Beam, commit, reconcile."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.outcomes import Outcome, read_outcomes, write_plan
from pipelines.progress import shown
from pipelines.runner_names import EMBEDDED, refuse_runner
from pipelines.step import Counts, ShardTask, Step, cut, limited
from schemas.command import RunFailedError
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import short_digest

logger = logging.getLogger(__name__)

_SAMPLE_ROWS = 8


@dataclass(kw_only=True)
class Summary:
    """What a run of a step did, or would do."""

    step: str
    planned: int
    """Shards in the plan."""
    done_before: int
    """Shards that were live already."""
    pending_rows: int
    pending_bytes: int
    expected_s: float | None = None
    """Of a dry run: seconds expected, from a sample of the first pending shard."""
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def counts(self) -> Counts:
        """The sum over all shards that ran."""
        total = Counts()
        for outcome in self.outcomes:
            total.add(outcome.counts)
        return total

    @property
    def rows_out(self) -> dict[str, int]:
        """Rows written, by table."""
        rows: dict[str, int] = {}
        for outcome in self.outcomes:
            for shard in outcome.shards:
                rows[shard.table] = rows.get(shard.table, 0) + shard.rows
        return rows

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(slot, error) of every shard that failed."""
        return [(o.slot, o.error) for o in self.outcomes if o.error is not None]

    @property
    def failed(self) -> bool:
        """Whether a shard failed."""
        return bool(self.errors)


def run_step(
    step: Step,
    lake: Lake,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    runner: str = EMBEDDED,
    beam_args: Sequence[str] = (),
) -> Summary:
    """Bring the step's tables up to date with its input.

    A shard that fails, or that another writer changed meanwhile, is among the summary's errors.

    Args:
        step: The step.
        lake: The lake.
        limit: Take only the first input rows.
        dry_run: Plan, time a sample of the first pending shard, and write nothing.
        runner: See `pipelines.runners.pipeline`.
        beam_args: Beam's own options.

    Raises:
        ValueError: If the plan is unsound or the runner is refused.
        RunFailedError: If a runner other than the embedded one fails.
        KeyboardInterrupt: If the user stops the run; finished shards are kept for the next.
    """
    refuse_runner(runner, beam_args)
    versions = {table: lake.version(table) for table in step.tables}
    summary, pending = _planned(step, lake, limit)
    if not pending:
        return summary
    began = time.monotonic()
    if dry_run:
        summary.expected_s = _expected_seconds(step, lake, pending)
        return summary
    plan = write_plan(lake, step, pending, versions)
    progress = shown(step.name, summary.pending_rows) if runner == EMBEDDED else nullcontext()
    with _explained(step, plan, runner), progress:
        _run_pipeline(step, lake, plan, runner, beam_args)
    summary.outcomes = read_outcomes(lake, plan)
    summary.seconds = time.monotonic() - began
    return summary


def untimed_summary(step: Step, lake: Lake, limit: int | None = None) -> Summary:
    """Return what a run would do, for a step whose model is not there yet to be timed.

    Args:
        step: The step.
        lake: The lake.
        limit: Take only the first input rows.
    """
    return _planned(step, lake, limit)[0]


def _planned(step: Step, lake: Lake, limit: int | None) -> tuple[Summary, list[ShardTask]]:
    whole = step.plan(lake)
    _refuse_double_slots(step, whole)
    tasks = limited(whole, limit)
    live = {(s.slot, s.input_digest) for s in lake.shards(step.tables[-1])}
    done = {t.slot for t in [*whole, *tasks] if (t.slot, short_digest(t.input_digest)) in live}
    pending = [t for t in tasks if t.slot not in done]  # a limit never cuts what is done in full
    summary = Summary(
        step=step.name,
        planned=len(tasks),
        done_before=len(tasks) - len(pending),
        pending_rows=sum(t.limit or t.rows for t in pending),
        pending_bytes=sum(t.bytes for t in pending),
    )
    return summary, pending


def _run_pipeline(
    step: Step, lake: Lake, plan: Path, runner: str, beam_args: Sequence[str]
) -> None:
    for name in (None, "apache_beam.runners.common"):
        logging.getLogger(name).addFilter(_worth_saying)
    import apache_beam as beam  # noqa: PLC0415 (0.8 s to import, and a dry run needs none of it)

    from pipelines.run_shards import RunShards  # noqa: PLC0415
    from pipelines.runners import pipeline  # noqa: PLC0415

    with pipeline(runner, beam_args) as p:
        _ = p | "Plan" >> beam.Create([plan.name]) | RunShards(step, str(lake.root))


def _worth_saying(record: logging.LogRecord) -> bool:
    """Tell Beam's news from what it says of a client that is not used, and of an interruption."""
    text = record.getMessage()
    return "apitools not found" not in text and not text.startswith("KeyboardInterrupt")


@contextmanager
def _explained(step: Step, plan: Path, runner: str) -> Iterator[None]:
    """Say in one line why a run ended early."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        if _was_interrupted(error):
            if runner == EMBEDDED:  # elsewhere the job may go on, and needs its plan
                plan.unlink(missing_ok=True)
            logger.warning(
                "%s: interrupted; finished shards are kept, run it again to go on", step.name
            )
            raise KeyboardInterrupt from error
        if runner == EMBEDDED or isinstance(error, ValueError):
            raise
        msg = f"--runner {runner}: {type(error).__name__}: {error}"
        raise RunFailedError(msg) from error


def _was_interrupted(error: BaseException) -> bool:
    """Say whether a worker of the embedded runner was stopped: Beam wraps what it met."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, KeyboardInterrupt):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _expected_seconds(step: Step, lake: Lake, pending: Sequence[ShardTask]) -> float:
    first = pending[0]
    rows = min(_SAMPLE_ROWS, first.limit or first.rows)
    began = time.monotonic()
    step.run_shard(lake, cut(first, rows) if rows else first, lambda _: None)
    total = sum(task.limit or task.rows for task in pending)
    return (time.monotonic() - began) * total / max(rows, 1)


def _refuse_double_slots(step: Step, tasks: Sequence[ShardTask]) -> None:
    seen: set[str] = set()
    for task in tasks:
        if task.slot in seen:
            msg = f"{step.name}: two tasks for the slot {task.slot}: {digest_of(task.payload)[:12]}"
            raise ValueError(msg)
        seen.add(task.slot)
