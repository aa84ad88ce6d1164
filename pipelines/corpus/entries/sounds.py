"""Entries about sound: reading sources, encoding, hearing, measuring."""

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from evaluation.embedded.embedded_judge import embedded_judge, has_judge
from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.encoding.codec_fit import needs_fit, ready_codec, unfitted_summary
from pipelines.encoding.encode import Encode
from pipelines.ingest.cutting import Cutting
from pipelines.ingest.step import Ingest
from pipelines.measuring.listeners import EMBEDDED as EMBEDDED_JUDGE
from pipelines.measuring.listeners import exact_scorer
from pipelines.measuring.measure import measure_steps
from pipelines.running.run import Summary
from pipelines.running.step import Step
from pipelines.sources.named import SourceOptions, source_named
from pipelines.synthesis.hearing import hearing_steps
from schemas.lake import Lake


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

    def refuse(self, running: Running) -> None:
        """Refuse a source that there is not, or options that it has no use for."""
        self._ingest(running)

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:  # noqa: ARG002 (same for every entry)
        """Return the ingest."""
        return [self._ingest(running)]

    def _ingest(self, running: Running) -> Ingest:
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
        return Ingest(source=source_named(self.source, given, options), cutting=cutting)


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


class HearEntry(StepEntry):
    """Hear scenes and generations."""

    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Posterior from which an event counts as heard."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the steps; the embedded judge is trained first if need be."""
        return hearing_steps(lake, self.threshold, fit=not running.dry_run)

    def is_ready(self, lake: Lake) -> bool:
        """Say whether the lake has its judge."""
        return has_judge(lake)


class MeasureEntry(StepEntry):
    """Measure every clip and caption with a judge."""

    scorer: str = EMBEDDED_JUDGE
    """embedded, a judge's exact id, or a CLAP's folder or hub id."""

    def steps(self, lake: Lake, running: Running) -> Iterable[Step]:
        """Return the steps; the embedded judge is trained first if need be."""
        if self.scorer == EMBEDDED_JUDGE and not running.dry_run:
            embedded_judge(lake)
        return measure_steps(exact_scorer(lake, self.scorer), self.scorer)

    def is_ready(self, lake: Lake) -> bool:
        """Say whether the lake has its judge."""
        return has_judge(lake)
