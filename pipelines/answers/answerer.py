"""The protocol of an answerer: questions in, answers out, each with what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from evaluation.benchmarks.prompts import Prompt
from pipelines.measuring.sounds import Waveform

Status = Literal["ok", "empty", "truncated", "failed"]
STATUSES: tuple[Status, ...] = ("ok", "empty", "truncated", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    prompt: Prompt
    sound: Waveform | None = None
    """Mono at 16 kHz, shape (frames,); None if there is nothing to hear."""
    temperature: float = 0.0
    """Divides the logits; 0 takes the likeliest token each time."""
    seed: int = 0
    """Of this answer alone: it does not depend on the questions beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a question."""

    text: str = ""
    status: Status = "ok"
    reason: str | None = None
    """Why it was cut short or failed."""
    logprobs: tuple[float, ...] | None = None
    """Log-probability of each letter, in nat, where letters are compared."""

    @classmethod
    def of(cls, text: str, prompt: Prompt, cut: str | None = None) -> Self:
        r"""Return the reply of a generated text, which ends before the first stop.

        Args:
            text: All that was generated.
            prompt: With its stops.
            cut: Why it is not whole, None if it is; an answer that met a stop is whole.

        Example:
            >>> Reply.of("4\nQuestion: 2", Prompt(form="completion", user="", stops=("Q",))).text
            '4\n'
        """
        kept = before_stops(text, prompt.stops)
        if cut is not None and kept == text:
            return cls(text=kept, status="truncated", reason=cut)
        return cls(text=kept, status="ok" if kept.strip() else "empty")

    def as_json(self) -> str:
        """Return it as a line of JSON; `from_json` inverts it."""
        return json.dumps([self.text, self.status, self.reason, self.logprobs])

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Return the reply of its JSON."""
        text, status, reason, logprobs = json.loads(line)
        likely = None if logprobs is None else tuple(logprobs)
        return cls(text=text, status=status, reason=reason, logprobs=likely)


class Answerer(Protocol):
    """Answers questions."""

    @property
    def name(self) -> str:
        """Name with its weights' digest where it has any."""
        ...

    @property
    def batch(self) -> int:
        """How many questions it is given at a time."""
        ...

    @property
    def concurrency(self) -> int:
        """How many batches it may be given at a time, each from a thread of its own."""
        ...

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Return a reply to each question.

        Raises:
            ServerLostError: If it is on a server that is gone.
        """
        ...


def became(status: str | None, reason: str | None) -> str:
    """Return what became of an answer, in the words that are counted.

    Example:
        >>> became("ok", None), became("failed", "missing_audio: no a.wav in sounds")
        ('ok', 'failed (missing_audio)')
    """
    if status == "failed" and reason:
        return f"failed ({reason.partition(':')[0]})"
    return str(status)


def before_stops(text: str, stops: Sequence[str]) -> str:
    r"""Return a text up to the first of the stops.

    Example:
        >>> before_stops("a = 1\ndef b", ["\nclass", "\ndef"])
        'a = 1'
    """
    found = [place for place in (text.find(stop) for stop in stops) if place >= 0]
    return text[: min(found)] if found else text
