"""Which of a captioner's samples become captions: ETTA's recipe, or AudioSetCaps' rule."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.captioners.captioner import Sampling
from pipelines.captions.blocklist import ETTA_KEYWORDS
from pipelines.toml_file import read_toml

CLAP_THRESHOLD = 0.45
"""ETTA's, for `630k-audioset-fusion-best` (transformers: laion/clap-htsat-fused) and no other."""

EMBEDDED_THRESHOLD = 0.5
"""For the embedded judge, whose cosines are on a scale of their own; see docs/captioning.md."""


class Aesthetics(BaseModel):
    """Clips that are not captioned: those with CE and PC both at or under these.

    Source: ETTA's AF-Synthetic, step 4 (optional there).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ce: float = 3.38
    """Content enjoyment."""
    pc: float = 2.89
    """Production complexity."""


class CaptionRecipe(BaseModel):
    """What is asked, and what is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sampling: Sampling = Sampling()
    """The question, the number of samples, and how they are drawn."""
    rule: Literal["threshold", "label"] = "threshold"
    """`threshold`: ETTA's. `label`: AudioSetCaps', a caption has to score at least what the
    clip's best label scores."""
    keep: Annotated[int, Field(ge=1)] = 3
    """Captions kept of a clip at most, the best ones."""
    threshold: float | None = None
    """Lowest score kept; None for the scorer's own: 0.45 for CLAP, 0.5 for the embedded judge."""
    min_characters: Annotated[int, Field(ge=1)] = 8
    """Shortest caption."""
    max_characters: Annotated[int, Field(ge=1)] = 500
    """Longest caption."""
    blocklist: tuple[str, ...] = ETTA_KEYWORDS
    """Words that a caption may not hold."""
    blocklist_first: bool = False
    """Whether a blocked caption makes room for the next best; ETTA ranks first."""
    aesthetics: Aesthetics | None = None
    """Drop clips by `ce` and `pc` of `measures`; None leaves them."""

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.min_characters > self.max_characters:
            msg = (
                "expected min_characters <= max_characters, "
                f"got {self.min_characters} and {self.max_characters}"
            )
            raise ValueError(msg)
        if self.rule == "label" and self.threshold is not None:
            msg = (
                "expected no threshold with the rule `label`: the labels' scores are the threshold"
            )
            raise ValueError(msg)
        return self


ETTA = CaptionRecipe()

AUDIOSETCAPS = CaptionRecipe(
    rule="label", keep=1, min_characters=100, max_characters=500, blocklist=()
)
"""Accept a caption if CLAP(caption) >= CLAP(label) and it has 100 to 500 characters. Of all tries
the best counts; the published loop forgets it when a later try is worse."""

RECIPES: dict[str, CaptionRecipe] = {"etta": ETTA, "audiosetcaps": AUDIOSETCAPS}


def recipe_of(given: str) -> CaptionRecipe:
    """Return a recipe by its name, or read it from a TOML file.

        keep = 1
        [sampling]
        samples = 5

    Args:
        given: A key of `RECIPES`, or the path of a TOML file; what it leaves out is ETTA's.

    Raises:
        ValueError: If there is no such recipe or file, or it is not one.

    Example:
        >>> recipe_of("etta").sampling.samples, recipe_of("audiosetcaps").keep
        (20, 1)
    """
    if given in RECIPES:
        return RECIPES[given]
    return read_toml(Path(given), CaptionRecipe, f"a recipe of {', '.join(RECIPES)} or a TOML file")
