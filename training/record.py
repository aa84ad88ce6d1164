"""What a run leaves behind for people: TensorBoard events while it runs, rows in the lake after."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.tables import TABLES
from schemas.training import Run, RunMetric

Curve = Iterable[tuple[int, dict[str, float]]]


class Events:
    """TensorBoard events of one run."""

    def __init__(self, folder: Path, step: int) -> None:
        """Open them.

        Args:
            folder: Folder of the events.
            step: Steps done; what an interrupted run wrote after it no longer counts.
        """
        self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def add(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a step's metrics, grouped into training, validation and baseline."""
        for name, value in metrics.items():
            group = next((g for g in ("validation", "unigram") if name.startswith(g)), "training")
            self._writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        """Write everything out."""
        self._writer.close()


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run as the lake's `runs` and `run_metrics` hold it."""

    told: Mapping[str, Any]
    """What the run was told: plan, vocabulary, start, table versions."""
    status: str
    seconds: float
    checkpoint: str | None

    @property
    def run_id(self) -> str:
        """Id of what the run was told: the same run again replaces its rows."""
        return content_id("run", "train", digest_of(self.told))

    def write(self, lake: Lake, curve: Curve) -> None:
        """Put the run and its curve into the lake."""
        told = dict(self.told)
        run = Run(
            run_id=self.run_id,
            command="train",
            name=told["plan"]["stage"]["name"],
            configuration=json.dumps(told, sort_keys=True),
            table_versions=json.dumps(told["table_versions"], sort_keys=True),
            checkpoint=self.checkpoint,
            status=self.status,
            seconds=self.seconds,
        )
        points = [
            RunMetric(run_id=self.run_id, step=step, name=name, value=value)
            for step, metrics in curve
            for name, value in metrics.items()
        ]
        for table, rows in (("runs", [run]), ("run_metrics", points)):
            lake.put(table, f"train.{self.run_id}", TABLES[table].from_rows(rows), step="train")
