"""The whole deduplication: fingerprints, then sounds, then captions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipelines.duplicates.audio import PREFERENCES, DedupAudio
from pipelines.duplicates.captions import THRESHOLD, DedupCaptions
from pipelines.duplicates.fingerprints import Fingerprint
from pipelines.duplicates.grouping import Grouping
from pipelines.duplicates.verdicts import Findings
from pipelines.running.run import Summary, run_step
from pipelines.running.runner_names import EMBEDDED
from schemas.lake import Lake


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one of the steps did."""

    summary: Summary
    findings: Findings | None = None
    """None of fingerprints."""


@dataclass(frozen=True, kw_only=True)
class Deduplication:
    """The options of all steps together; see there."""

    fingerprint: Literal["embedded", "fpcalc", "off"] = "embedded"
    captions: Literal["same-sound", "drop", "off"] = "same-sound"
    caption_threshold: float = THRESHOLD
    max_error: float | None = None
    min_overlap: float = 0.75
    prefer: tuple[str, ...] = PREFERENCES
    grouping: Grouping = field(default_factory=Grouping)

    def run(
        self,
        lake: Lake,
        *,
        dry_run: bool = False,
        runner: str = EMBEDDED,
        beam_args: Sequence[str] = (),
    ) -> Iterator[Done]:
        """Run the steps, yielding what each did; stop after one that failed.

        A dry run compares what is there and says what would be dropped, but writes no table. It
        ends after the fingerprints if some are missing.

        Args:
            lake: The lake.
            dry_run: Write no table.
            runner: Runner of the steps.
            beam_args: Beam's own options.
        """
        if self.fingerprint != "off":
            step = Fingerprint(method=self.fingerprint)
            prints = run_step(step, lake, dry_run=dry_run, runner=runner, beam_args=beam_args)
            yield Done(summary=prints)
            if prints.failed or (dry_run and prints.pending_rows):
                return
        for each in self.steps():
            summary = run_step(each, lake, dry_run=dry_run, runner=runner, beam_args=beam_args)
            yield Done(summary=summary, findings=each.work(lake).findings)
            if summary.failed:
                return

    def steps(self) -> list[DedupAudio | DedupCaptions]:
        """Return the steps that judge."""
        audio = DedupAudio(
            method=self.fingerprint,
            max_error=self.max_error,
            min_overlap=self.min_overlap,
            prefer=self.prefer,
            grouping=self.grouping,
        )
        if self.captions == "off":
            return [audio]
        texts = DedupCaptions(
            mode=self.captions, threshold=self.caption_threshold, grouping=self.grouping
        )
        return [audio, texts]
