"""Entries that write and check texts: captions, rich captions, prompts, dialogues, critiques."""

from collections.abc import Iterable, Iterator

from evaluation.embedded.embedded_judge import current_scorer, embedded_judge, has_judge
from pipelines.captions.checks import DEFAULTS, CaptionCheck, CheckRules
from pipelines.captions.recipe import ETTA, CaptionRecipe
from pipelines.captions.step import Captions
from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.remote.endpoint import is_endpoint, read_endpoint
from pipelines.running.run import Summary
from pipelines.running.step import Step
from pipelines.synthesis.asking import Dialogues, Prompts
from pipelines.synthesis.captioning import RichCaptions
from pipelines.synthesis.critiquing import Critiques
from pipelines.text.models import EMBEDDED, text_model_name
from schemas.lake import Lake


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

    def refuse(self, running: Running) -> None:  # noqa: ARG002 (same for every entry)
        """Refuse a server that is spelled wrong."""
        if is_endpoint(self.captioner):
            read_endpoint(self.captioner)

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
        """Caption; the embedded judge is trained first if need be."""
        if not running.dry_run and not self._is_judged(lake):
            embedded_judge(lake)
        yield from super().run(lake, running)

    def is_ready(self, lake: Lake) -> bool:
        """Say whether the captioner is no server, and the judge is there if it needs one."""
        return not is_endpoint(self.captioner) and self._is_judged(lake)

    def _is_judged(self, lake: Lake) -> bool:
        return "embedded" not in {self.captioner, self.scorer} or has_judge(lake)


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

    def refuse(self, running: Running) -> None:  # noqa: ARG002 (same for every entry)
        """Refuse a text model that there is not."""
        text_model_name(self.model)


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
