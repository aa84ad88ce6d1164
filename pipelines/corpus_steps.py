"""The steps that a corpus file may list, with their options."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluation.embedded_judge import current_scorer, embedded_judge, has_judge
from pipelines.caption_checks import DEFAULTS, CaptionCheck, CheckRules
from pipelines.caption_recipe import ETTA, CaptionRecipe
from pipelines.captions import Captions
from pipelines.codec_fit import needs_fit, ready_codec, unfitted_summary
from pipelines.cutting import Cutting
from pipelines.decontaminate import Decontaminate
from pipelines.duplicates.run import Deduplication
from pipelines.encode import Encode
from pipelines.ingest import Ingest
from pipelines.leaks.evaluation_set import EvaluationSet, placed
from pipelines.leaks.index import has_sets
from pipelines.leaks.reading import ReadEvaluationSets
from pipelines.measure import EMBEDDED as EMBEDDED_JUDGE
from pipelines.measure import exact_scorer, measure_steps
from pipelines.policy.rules import PRESETS, read_policy
from pipelines.policy.step import keep_applied, policy_step
from pipelines.remote.endpoint import is_endpoint
from pipelines.run import Summary, run_step, untimed_summary
from pipelines.sampling.blend import Blend
from pipelines.sources.named import SourceOptions, source_named
from pipelines.stage_samples import known_sequence_steps, sample_steps, sequence_steps
from pipelines.step import Step
from pipelines.synthesis.asking import Dialogues, Prompts
from pipelines.synthesis.captioning import RichCaptions
from pipelines.synthesis.critiquing import Critiques
from pipelines.synthesis.hearing import hearing_steps
from pipelines.text.models import EMBEDDED
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

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Run the steps of this entry, yielding what each did."""
        for step in self.steps(lake, running):
            yield run_step(
                step,
                lake,
                limit=running.limit,
                dry_run=running.dry_run,
                runner=running.runner,
                beam_args=running.beam_args,
            )


class IngestEntry(StepEntry):
    """Read a source into the lake."""

    source: str
    """folder, scenes, audiocaps, ...: `ualm corpus sources` lists all."""
    input: str
    """A set's folder or listing, relative to the corpus file's folder; or a number of scenes."""
    segment_s: Annotated[float, Field(ge=0)] = 10.0
    """Length of a clip in seconds; 0 keeps recordings whole."""
    min_s: Annotated[float, Field(gt=0)] = 1.0
    """Shortest clip in seconds."""
    hifi: bool = False
    """Whether to keep 48 kHz stereo beside."""
    name: str | None = None
    """Name of the source in the lake, on which ids depend."""
    text_kind: str = "human"
    """What a folder's texts are where its rows do not say."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of scenes."""
    audio: str | None = None
    """Where the sounds are: a folder relative to the corpus file's, tars, a URL."""
    subset: str | None = None
    """Part of a set to read."""
    texts_only: bool = False
    """Whether to read texts and ids, and to look for no sound."""
    text_column: str | None = None
    """Column of the text, in sets whose columns differ."""
    licence: str | None = None
    """Licence of items for which the set states none."""
    allow_private: bool = False
    """Whether URLs in the data may lead to private addresses."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the ingest."""
        given = self.input if self.source == "scenes" else running.place(self.input)
        options = SourceOptions(
            name=self.name,
            text_kind=self.text_kind,
            seed=self.seed,
            audio=None if self.audio is None else running.place(self.audio),
            subset=self.subset,
            texts_only=self.texts_only,
            text_column=self.text_column,
            licence=self.licence,
            allow_private=self.allow_private,
        )
        cutting = Cutting(
            segment_s=self.segment_s,
            min_s=self.min_s,
            slack_s=min(0.1, self.min_s),
            hifi=self.hifi,
        )
        return [Ingest(source=source_named(self.source, given, options), cutting=cutting)]


class EncodeEntry(StepEntry):
    """Encode the sound of every clip."""

    codec: str = "mel-rvq"
    """mel-rvq, x-codec, a folder or hub id of an X-Codec, or a codec's id."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the encoding, its codec fitted if need be."""
        return [Encode(codec=ready_codec(lake, self.codec).id)]

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Run the encoding; a dry run fits nothing."""
        if running.dry_run and needs_fit(lake, self.codec, refit=False):
            yield unfitted_summary(lake, running.limit)
        else:
            yield from super().run(lake, running)


class CaptionsEntry(StepEntry):
    """Caption every clip."""

    captioner: str = "embedded"
    """embedded, a folder or hub id, or openai:MODEL@BASE_URL."""
    captioner_licence: str | None = None
    """Licence of what it writes."""
    scorer: str = "embedded"
    """embedded, or a CLAP's folder or hub id."""
    recipe: CaptionRecipe = ETTA
    """What is asked and what is kept, as a table of the entry."""
    seed: int = 0
    """Seed of the samples."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        return [
            Captions(
                captioner=self.captioner,
                licence=self.captioner_licence,
                scorer=self.scorer,
                recipe=self.recipe,
                seed=self.seed,
            )
        ]

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Caption; the embedded judge is trained first if need be, and a dry run asks nobody."""
        judged = "embedded" not in {self.captioner, self.scorer} or has_judge(lake)
        if not running.dry_run:
            if not judged:
                embedded_judge(lake)
            yield from super().run(lake, running)
        elif is_endpoint(self.captioner) or not judged:
            for step in self.steps(lake, running):
                yield untimed_summary(step, lake, running.limit)
        else:
            yield from super().run(lake, running)


class CaptionChecksEntry(StepEntry):
    """Check what captions say."""

    rules: CheckRules = DEFAULTS
    """What is checked, as a table of the entry."""
    events: bool | None = None
    """Whether to check events against the lake's judge; by default if there is one."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        judged = has_judge(lake) if self.events is None else self.events
        judge = current_scorer(lake) if judged else None
        return [CaptionCheck(rules=self.rules, judge=judge)]


class _Written(StepEntry):
    model: str = EMBEDDED
    """Text model that writes: embedded:rules, or openai:MODEL@BASE_URL."""
    seed: int = 0
    """Seed of the text model's samples."""


class RichCaptionsEntry(_Written):
    """Read rich captions out of captions."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        return [RichCaptions(model=self.model, seed=self.seed)]


class PromptsEntry(_Written):
    """Write prompts for rich captions."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        return [Prompts(model=self.model, seed=self.seed)]


class DialoguesEntry(_Written):
    """Write dialogues about rich captions."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        return [Dialogues(model=self.model, seed=self.seed)]


class CritiquesEntry(_Written):
    """Compare what was heard with what was planned."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the step."""
        return [Critiques(model=self.model, seed=self.seed)]


class HearEntry(StepEntry):
    """Hear scenes and generations."""

    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Posterior from which an event counts as heard."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the steps; the embedded judge is trained first if need be."""
        return hearing_steps(lake, self.threshold, fit=not running.dry_run)

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Hear; a dry run trains nothing."""
        if running.dry_run and not has_judge(lake):
            for step in self.steps(lake, running):
                yield untimed_summary(step, lake, running.limit)
        else:
            yield from super().run(lake, running)


class MeasureEntry(StepEntry):
    """Measure every clip and caption with a judge."""

    scorer: str = EMBEDDED_JUDGE
    """embedded, or a judge's exact id."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the steps; the embedded judge is trained first if need be."""
        if self.scorer == EMBEDDED_JUDGE and not running.dry_run:
            embedded_judge(lake)
        return measure_steps(exact_scorer(lake, self.scorer))

    def run(self, lake: Lake, running: Running) -> Iterator[Summary]:
        """Measure; a dry run trains nothing."""
        if running.dry_run and not has_judge(lake):
            for step in self.steps(lake, running):
                yield untimed_summary(step, lake, running.limit)
        else:
            yield from super().run(lake, running)


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

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the step; the lake remembers which policy it is under."""
        given = self.policy if self.policy in PRESETS else running.folder / self.policy
        step = policy_step(read_policy(given), lake)
        if not running.dry_run:
            keep_applied(step, lake)
        return [step]


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

    def steps(self, lake: Lake, running: Running) -> Iterator[Step]:
        """Yield the samples, then the sequences, whose vocabulary needs the lake's codec."""
        yield from sample_steps(self.stage, self.blend)
        steps_of = known_sequence_steps if running.dry_run else sequence_steps
        yield from steps_of(self.stage, lake, codec=self.codec, tokeniser=self.tokeniser)


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


STEPS: dict[str, type[StepEntry]] = {
    "ingest": IngestEntry,
    "captions": CaptionsEntry,
    "caption-checks": CaptionChecksEntry,
    "encode": EncodeEntry,
    "rich-captions": RichCaptionsEntry,
    "prompts": PromptsEntry,
    "dialogues": DialoguesEntry,
    "hear": HearEntry,
    "critiques": CritiquesEntry,
    "measure": MeasureEntry,
    "dedup": DedupEntry,
    "decontaminate": DecontaminateEntry,
    "policy": PolicyEntry,
    "samples": SamplesEntry,
}
