"""Steps that worker processes run in tests, and a program that runs one."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipelines.running.run import run_step
from pipelines.running.step import Counts, ShardResult, ShardTask, Step
from schemas.benchmarks import Dataset
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Numbers(Step):
    """One row a task, named after the process that made it; one task may be a deadly one."""

    name: ClassVar[str] = "numbers"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "datasets")

    deadly: int | None = None
    """Task that kills its own process."""
    stuck: Path | None = None
    """A named pipe that every task opens for reading, so that none ends."""

    def plan(self, lake):  # noqa: ARG002 (as every step)
        for number in range(20):
            yield ShardTask(
                slot=f"numbers.r-{number:05d}",
                input_digest=digest_of(number),
                payload={"number": number},
                rows=1,
                bytes=1,
            )

    def run_shard(self, lake, task, advance):  # noqa: ARG002 (as every step)
        if task.payload["number"] == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.stuck is not None:
            with self.stuck.open("rb") as pipe:
                pipe.read()
        row = Dataset(dataset_id=task.slot, name=str(os.getpid()), split="t", digest="d", items=1)
        advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows([]),
            "datasets": TABLES["datasets"].from_rows([row]),
        }
        return ShardResult(tables=tables, counts=Counts(rows_in=1, produced=1))

    def for_worker(self):
        return self


@dataclass(frozen=True, kw_only=True)
class Unloadable(Numbers):
    """A step that no other process can load."""

    def __reduce__(self):
        return _loaded, (os.getpid(),)


def _loaded(process):
    if os.getpid() != process:
        msg = "this step cannot be loaded here"
        raise ImportError(msg)
    return Unloadable()


def run_stuck():
    """Run as a program: a lake and a named pipe on which every task waits."""
    run_step(Numbers(stuck=Path(sys.argv[2])), Lake.create(sys.argv[1]))
