"""The protocol of a captioner: a sound in, sampled texts out."""

from dataclasses import dataclass
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.measuring.sounds import Waveform
from schemas.ids import digest_of

SAMPLE_RATE = 16_000
"""Rate in Hz of the sounds that captioners read."""

ETTA_PROMPT = "Can you briefly describe what you hear in this audio?"
"""Source: ETTA, AF-Synthetic (NVIDIA/elucidated-text-to-audio, step 2)."""


class Sampling(BaseModel):
    """What a captioner is asked, and how it draws its answers; the defaults are ETTA's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[str, Field(min_length=1)] = ETTA_PROMPT
    """The question beside the sound."""
    samples: Annotated[int, Field(ge=1, le=1000)] = 20
    """Texts drawn for each clip."""
    greedy: bool = False
    """Take the likeliest token each time, in place of drawing; then there is one sample."""
    top_k: Annotated[int, Field(ge=0)] = 50
    """Draw among this many likeliest tokens; 0 for all, and for servers that know no `top_k`."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Draw among the likeliest tokens that make up this probability."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Divides the logits."""
    max_tokens: Annotated[int, Field(ge=1)] = 128
    """Longest answer; a text that is not finished by then is refused as `cut_off`."""

    @model_validator(mode="after")
    def _greedy_draws_once(self) -> Self:
        if self.greedy and self.samples != 1:
            msg = f"greedy answers are all alike: expected samples = 1, got {self.samples}"
            raise ValueError(msg)
        return self

    @property
    def digest(self) -> str:
        """Digest of all that is asked but the number of samples, for `origin.prompt_digest`."""
        return digest_of(self.model_dump(exclude={"samples"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One sample of a captioner: its text, or why there is none."""

    sample: int
    """Index among the samples of the clip."""
    text: str = ""
    reason: str | None = None
    """The ledger's word, None if there is a text."""
    detail: str | None = None
    """What came instead, for a person."""


class Captioner(Protocol):
    """Describes sounds in words."""

    @property
    def name(self) -> str:
        """Name with its weights' digest where it has any; `embedded:` marks the built-in one."""
        ...

    @property
    def prompt_digest(self) -> str | None:
        """Digest of what it is asked beside the sound, None if it is not asked in words."""
        ...

    @property
    def concurrency(self) -> int:
        """How many clips it may be given at a time, each from a thread of its own."""
        ...

    def caption(self, waveform: Waveform, samples: int, seed: int) -> list[Said]:
        """Return samples of what it says about a sound, the same for the same seed.

        Args:
            waveform: Mono sound at 16 kHz, shape (frames,), in [-1, 1].
            samples: How many.
            seed: Of the samples.

        Raises:
            ServerLostError: If it is on a server that is gone.
        """
        ...
