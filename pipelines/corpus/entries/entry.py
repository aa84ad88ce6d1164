"""What every entry of a corpus file is: a step's name, its options, and how it is run."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelines.running.run import Summary, run_step, untimed_summary
from pipelines.running.step import Step
from schemas.lake import Lake


@dataclass(frozen=True, kw_only=True)
class Running:
    """How the steps of a corpus file are run."""

    limit: int | None = None
    """Take only the first input rows of each step."""
    dry_run: bool = False
    runner: str = "embedded"
    beam_args: Sequence[str] = ()
    folder: Path = Path()
    """Folder of the corpus file, from which its relative paths go."""

    def place(self, given: str) -> str:
        """Return a path of the corpus file from here; a URL stays as it is."""
        return given if "://" in given else str(self.folder / given)


class StepEntry(BaseModel, ABC):
    """An entry of a corpus file: a step's name and its options."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    """Key into `STEPS`."""

    @abstractmethod
    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Yield the steps of this entry; each is run before the next is asked for."""

    def refuse(self, running: Running) -> None:
        """Refuse what can be told to be wrong before any step has run.

        Raises:
            ValueError: If an option names what there is not.
        """

    def is_ready(self, lake: Lake) -> bool:  # noqa: ARG002 (for entries that need a model)
        """Say whether a dry run can time its steps: it trains no model, and asks no server."""
        return True

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Run the steps of this entry, yielding what each did."""
        for step in self.steps(lake, running):
            if running.dry_run and not self.is_ready(lake):
                yield untimed_summary(step, lake, running.limit)
                continue
            yield run_step(
                step,
                lake,
                limit=running.limit,
                dry_run=running.dry_run,
                runner=running.runner,
                beam_args=running.beam_args,
            )
