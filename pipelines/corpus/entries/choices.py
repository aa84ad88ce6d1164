"""Entries that choose: duplicates, leaks, policy, and the samples that remain."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.duplicates.run import Deduplication
from pipelines.leaks.decontaminate import Decontaminate
from pipelines.leaks.evaluation_set import EvaluationSet, placed, refuse_equal_names
from pipelines.leaks.index import has_sets
from pipelines.leaks.reading import ReadEvaluationSets
from pipelines.policy.rules import PRESETS, Policy, read_policy
from pipelines.policy.step import keep_applied, policy_step
from pipelines.running.run import Summary
from pipelines.running.step import Step
from pipelines.sampling.blend import Blend
from pipelines.sampling.stage_samples import known_sequence_steps, sample_steps, sequence_steps
from schemas.lake import Lake


class DedupEntry(StepEntry):
    """Find sounds and captions that are there twice."""

    fingerprint: Literal["embedded", "fpcalc", "off"] = "embedded"
    """Whose fingerprints find near duplicates; off finds equal sounds only."""
    captions: Literal["same-sound", "drop", "off"] = "same-sound"
    """Drop duplicates about one sound, or of the whole corpus, or leave captions alone."""
    caption_threshold: Annotated[float, Field(ge=0.6, le=1)] = 0.8
    """Share of content words that near captions have in common."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the steps that judge."""
        return self._work().steps()

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Compare all that is there: a limit would hide what is there twice."""
        done = self._work().run(
            lake, dry_run=running.dry_run, runner=running.runner, beam_args=running.beam_args
        )
        yield from (one.summary for one in done)

    def _work(self) -> Deduplication:
        return Deduplication(
            fingerprint=self.fingerprint,
            captions=self.captions,
            caption_threshold=self.caption_threshold,
        )


class DecontaminateEntry(StepEntry):
    """Compare the corpus with evaluation sets."""

    sets: tuple[EvaluationSet, ...] = ()
    """Evaluation sets by name, kind, path, subset and audio; the lake remembers those it had."""
    fingerprint: Literal["embedded", "fpcalc"] = "embedded"
    """How their sounds are fingerprinted."""
    captions: Literal["report", "drop"] = "report"
    """What becomes of captions that an evaluation set has too."""
    near: Annotated[float, Field(ge=0.6, le=1)] = 0.8
    """Share of content words that near captions have in common; 1: equal ones only."""
    read_captions: bool = False
    """Whether to look for benchmarks' questions in captions too."""

    def refuse(self, running: Running) -> None:
        """Refuse evaluation sets that are not where the file says."""
        sets = [placed(one, running.folder) for one in self.sets]
        refuse_equal_names(sets)
        for one in sets:
            next(one.entries(), None)

    def steps(self, lake: Lake, running: Running) -> Iterator[Step]:
        """Yield the reading of sets, then the comparison; a dry run cannot compare new sets."""
        if self.sets:
            sets = tuple(placed(one, running.folder) for one in self.sets)
            yield ReadEvaluationSets(sets=sets, fingerprint=self.fingerprint)
        if has_sets(lake) or not (self.sets and running.dry_run):
            yield Decontaminate(
                drop_captions=self.captions == "drop",
                near=self.near,
                read_captions=self.read_captions,
            )


class PolicyEntry(StepEntry):
    """Refuse rows by licence, quality, caption and source."""

    policy: str = "commercial"
    """commercial, research, or a TOML file, relative to the corpus file's folder."""

    def refuse(self, running: Running) -> None:
        """Refuse a policy that cannot be read."""
        self._policy(running)

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the step; the lake remembers which policy it is under."""
        step = policy_step(self._policy(running), lake)
        if not running.dry_run:
            keep_applied(step, lake)
        return [step]

    def _policy(self, running: Running) -> Policy:
        return read_policy(self.policy if self.policy in PRESETS else running.folder / self.policy)


class SamplesEntry(StepEntry):
    """Assemble a training stage's samples and tokenise them."""

    stage: str
    """Name of a training stage."""
    codec: str | None = None
    """Codec id; needed if the lake has codes of several."""
    tokeniser: str = "bytes"
    """bytes, a tokeniser's folder, or a hub id."""
    blend: Blend | None = None
    """Blend of the stage's own samples, in place of the default."""

    def refuse(self, running: Running) -> None:  # noqa: ARG002 (same for every entry)
        """Refuse a stage that there is not."""
        sample_steps(self.stage, self.blend)

    def steps(self, lake: Lake, running: Running) -> Iterator[Step]:
        """Yield the samples, then the sequences, whose vocabulary needs the lake's codec."""
        steps_of = known_sequence_steps if running.dry_run else sequence_steps
        # Made before a sample is written: they refuse a lake without codes.
        sequences = steps_of(self.stage, lake, codec=self.codec, tokeniser=self.tokeniser)
        yield from sample_steps(self.stage, self.blend)
        yield from sequences
