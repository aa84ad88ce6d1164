"""Choose among the samples of a clip; each is kept, or refused for one reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.captioners.captioner import Said
from pipelines.captions.blocklist import blocked_by
from pipelines.captions.recipe import CaptionRecipe

REASONS = ("empty", "short", "long", "repeated", "blocklist", "clap", "label", "outranked")
"""Why a text is refused; beside the captioner's own reasons for there being none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What became of a sample."""

    sample: int
    text: str
    score: float | None = None
    """CLAP, None if the text was refused before."""
    reason: str | None = None
    """None if it is kept."""
    detail: str | None = None
    value: float | None = None
    """What was measured for this reason."""
    threshold: float | None = None
    """What it missed."""

    @property
    def kept(self) -> bool:
        """Whether it becomes a caption."""
        return self.reason is None


def cleaned(text: str) -> str:
    """Return a text on one line, without quotation marks around the whole of it.

    Example:
        >>> cleaned(' "A dog  barks." ')
        'A dog barks.'
    """
    line = " ".join(text.split())
    if len(line) >= 2 and line[0] == line[-1] and line[0] in "\"'" and line[0] not in line[1:-1]:
        line = line[1:-1].strip()
    return line


def usable(said: Sequence[Said], recipe: CaptionRecipe) -> list[Choice]:
    """Return a choice for each sample: refused by its text alone, or still open.

    Args:
        said: The samples in order.
        recipe: The rules.
    """
    seen: dict[str, int] = {}
    return [_by_text(one, recipe, seen) for one in said]


def chosen(
    open_choices: Sequence[Choice],
    scores: Mapping[str, float],
    recipe: CaptionRecipe,
    threshold: float,
) -> list[Choice]:
    """Return the final choice for each sample.

    Args:
        open_choices: From `usable`.
        scores: CLAP of each text that is still open.
        recipe: The rules.
        threshold: Lowest score kept.

    Raises:
        KeyError: If an open text has no score.
    """
    rest = [_scored(choice, scores) for choice in open_choices]
    if recipe.blocklist_first:
        rest = [_unblocked(choice, recipe) for choice in rest]
    ranked = sorted((c for c in rest if c.kept), key=lambda c: (-(c.score or 0.0), c.sample))
    places = {choice.sample: place for place, choice in enumerate(ranked)}
    last = (ranked[recipe.keep - 1].score or 0.0) if len(ranked) > recipe.keep else None
    missed = "label" if recipe.rule == "label" else "clap"
    final = []
    for choice in rest:
        verdict = choice
        if choice.kept and choice.score is not None:
            if choice.score < threshold:
                verdict = _refused(choice, missed, choice.score, threshold)
            elif places[choice.sample] >= recipe.keep:
                verdict = _refused(choice, "outranked", choice.score, last)
        final.append(verdict)
    return final if recipe.blocklist_first else [_unblocked(one, recipe) for one in final]


def _by_text(said: Said, recipe: CaptionRecipe, seen: dict[str, int]) -> Choice:
    text = cleaned(said.text)
    choice = Choice(sample=said.sample, text=text, reason=said.reason, detail=said.detail)
    if not choice.kept:
        return choice
    size = len(text)
    if size == 0:
        return _refused(choice, "empty", 0.0, float(recipe.min_characters))
    if size < recipe.min_characters:
        return _refused(choice, "short", size, recipe.min_characters)
    if size > recipe.max_characters:
        return _refused(choice, "long", size, recipe.max_characters)
    first = seen.setdefault(text.casefold(), said.sample)
    if first != said.sample:
        return _refused(choice, "repeated", first, None)
    return choice


def _scored(choice: Choice, scores: Mapping[str, float]) -> Choice:
    if not choice.kept:
        return choice
    return Choice(sample=choice.sample, text=choice.text, score=scores[choice.text])


def _unblocked(choice: Choice, recipe: CaptionRecipe) -> Choice:
    word = blocked_by(choice.text, recipe.blocklist) if choice.kept else None
    if word is None:
        return choice
    return Choice(
        sample=choice.sample,
        text=choice.text,
        score=choice.score,
        reason="blocklist",
        detail=f"holds {word!r}",
        value=choice.score,
    )


def _refused(choice: Choice, reason: str, value: float, threshold: float | None) -> Choice:
    return Choice(
        sample=choice.sample,
        text=choice.text,
        score=choice.score,
        reason=reason,
        value=float(value),
        threshold=None if threshold is None else float(threshold),
    )
