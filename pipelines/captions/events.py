"""Events that a caption names, against what a judge hears: the hallucination flag."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from evaluation.judge import Reading
from evaluation.sound import Sound, UnusableSoundError, decoded
from pipelines.captions.rules import Finding

_WORD = re.compile(r"[a-z]+")
_ENDINGS = ("ing", "ed", "es", "s", "e")


class Tagger(Protocol):
    """A judge, as far as it tells which of its classes are in a sound."""

    @property
    def sample_rate(self) -> int:
        """Rate in Hz of the sounds that it reads."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The events that it knows."""
        ...

    def read(self, sound: Sound) -> Reading:
        """Return what it hears."""
        ...


def named_events(text: str, classes: Sequence[str]) -> list[str]:
    """Return the classes that a text names: all their words, in whatever form and order.

    Example:
        >>> named_events("A bell is ringing in the rain", ["bell rings", "dog barks"])
        ['bell rings']
    """
    words = _stems(text)
    return [name for name in classes if (needed := _stems(name)) and needed <= words]


def tags(encoded: bytes, judge: Tagger) -> dict[str, float] | None:
    """Return the posterior of each class of a judge in a sound, None if it cannot be read.

    Args:
        encoded: The encoded sound.
        judge: Who listens.
    """
    try:
        sound = decoded(encoded, judge.sample_rate)
    except UnusableSoundError:
        return None
    posteriors = 1 / (1 + np.exp(-judge.read(sound).logits))
    return dict(zip(judge.classes, map(float, posteriors), strict=True))


def unheard(text: str, heard: Mapping[str, float], *, threshold: float) -> Finding | None:
    """Find the event that a caption names and that is least heard.

    Args:
        text: The caption.
        heard: Posterior of each class that the judge knows; of others nothing is said.
        threshold: Posterior under which an event counts as not heard.

    Example:
        >>> unheard("A dog barks", {"dog barks": 0.01}, threshold=0.1).evidence
        'dog barks'
    """
    named = named_events(text, list(heard))
    if not named:
        return None
    least = min(named, key=lambda name: heard[name])
    if heard[least] >= threshold:
        return None
    return Finding(check="events", evidence=least, value=heard[least], threshold=threshold)


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()))


def _stem(word: str) -> str:
    """Cut an ending, and a consonant that was doubled before it: humming, hums, hum."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls"
    return word[:-1] if doubled else word
