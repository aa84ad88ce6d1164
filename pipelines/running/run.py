"""Run a step: plan it, skip what is done, run the rest on Beam, commit, reconcile."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from pipelines.running import workers
from pipelines.running.outcomes import read_outcomes, write_plan
from pipelines.running.progress import shown
from pipelines.running.runner_names import EMBEDDED, refuse_runner
from pipelines.running.step import ShardTask, Step, cut
from pipelines.running.waves import Planner, Summary, Wave
from schemas.command import RunFailedError
from schemas.cores import cores
from schemas.lake import Lake

__all__ = ["Summary", "run_step", "untimed_summary"]

logger = logging.getLogger(__name__)

_SAMPLE_ROWS = 8
_WORTH_ROWS = 200
"""Rows from which on a step runs on worker processes, if it can."""


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

    The embedded runner plans, runs and commits wave after wave, unless the step is `whole`; other
    runners get the whole plan as one job. A shard that fails, that another writer changed
    meanwhile, or whose rows may have been taken down, is among the summary's errors.

    Args:
        step: The step.
        lake: The lake.
        limit: Take only the first input rows.
        dry_run: Plan, time a sample of the first pending shard, and write nothing.
        runner: See `pipelines.running.runners.pipeline`.
        beam_args: Beam's own options.

    Raises:
        ValueError: If the plan is unsound or the runner is refused.
        RunFailedError: If a runner other than the embedded one fails.
        KeyboardInterrupt: If the user stops the run; finished shards are kept for the next.
    """
    refuse_runner(runner, beam_args)
    planner = Planner(step, lake, limit)
    summary = planner.summary
    if dry_run:
        summary.expected_s = _expected_seconds(step, lake, planner)
        return summary
    began = time.monotonic()
    run = _Run(step, lake, runner, beam_args)
    if runner == EMBEDDED:
        run.waves(planner)
    elif (wave := planner.wave(None)).tasks:
        run.wave(wave, summary)
    if summary.outcomes:
        summary.seconds = time.monotonic() - began
    return summary


def untimed_summary(step: Step, lake: Lake, limit: int | None = None) -> Summary:
    """Return what a run would do, for a step whose model is not there yet to be timed.

    Args:
        step: The step.
        lake: The lake.
        limit: Take only the first input rows.
    """
    planner = Planner(step, lake, limit)
    for _ in planner.tasks():
        pass
    return planner.summary


class _Run:
    """A run of a step on a runner."""

    def __init__(self, step: Step, lake: Lake, runner: str, beam_args: Sequence[str]) -> None:
        self._step, self._lake = step, lake
        self._runner, self._beam_args = runner, beam_args

    def waves(self, planner: Planner) -> None:
        """Run all waves of a plan on the embedded runner."""
        summary, step = planner.summary, self._step

        def total() -> int | None:
            return summary.pending_rows if planner.finished else None

        with ExitStack() as stack:
            first = planner.first()
            if not first.tasks:
                return
            waves = stack.enter_context(closing(planner.waves(first)))
            stack.enter_context(shown(step.name, total))
            count, in_worker = cores(), step.for_worker()
            if in_worker is not None and count > 1 and _is_worth_workers(first):
                away = stack.enter_context(workers.started(in_worker, self._lake.root, count))
                _import_beam()  # meanwhile; and before there is work that Ctrl-C has to stop
                away.send(first.tasks, last=first.last)
                planner.send = away.send
            for wave in waves:
                self.wave(wave, summary)
                if summary.ended:
                    return

    def wave(self, wave: Wave, summary: Summary) -> None:
        """Run and commit a wave; add what became of it."""
        plan = write_plan(self._lake, self._step, wave.tasks, wave.before)
        with _explained(self._step, plan, self._runner):
            _run_pipeline(self._step, self._lake, plan, self._runner, self._beam_args)
        summary.add(read_outcomes(self._lake, plan))


def _is_worth_workers(first: Wave) -> bool:
    """Say whether a plan is long enough for the second that worker processes take to start."""
    rows = sum(task.limit or task.rows for task in first.tasks)
    return not first.last or (len(first.tasks) > 1 and rows >= _WORTH_ROWS)


def _run_pipeline(
    step: Step, lake: Lake, plan: Path, runner: str, beam_args: Sequence[str]
) -> None:
    _import_beam()
    import apache_beam as beam  # noqa: PLC0415

    from pipelines.running.run_shards import RunShards  # noqa: PLC0415
    from pipelines.running.runners import pipeline  # noqa: PLC0415

    with pipeline(runner, beam_args) as p:
        _ = p | "Plan" >> beam.Create([plan.name]) | RunShards(step, str(lake.root))


def _import_beam() -> None:
    """Import Beam, which takes 0.8 s and which a dry run needs nothing of."""
    for name in (None, "apache_beam.runners.common"):
        logging.getLogger(name).addFilter(_worth_saying)
    from pipelines.running import run_shards, runners  # noqa: F401, PLC0415


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


def _expected_seconds(step: Step, lake: Lake, planner: Planner) -> float | None:
    """Return the seconds that a plan would take, by its first task; None if nothing is to do."""
    first: ShardTask | None = None
    for task in planner.tasks():
        first = first or task
    if first is None:
        return None
    rows = min(_SAMPLE_ROWS, first.limit or first.rows)
    began = time.monotonic()
    step.run_shard(lake, cut(first, rows) if rows else first, lambda _: None)
    return (time.monotonic() - began) * planner.summary.pending_rows / max(rows, 1)
