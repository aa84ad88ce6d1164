"""How far an embedded judge can be trusted, measured on scenes that it never learned from."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evaluation.embedded.judge_scenes import Scene
from evaluation.embedded.separation import Separation, chance_gap, separation
from evaluation.judge import Judge
from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound, noise_like
from schemas.ids import seed_of

TRUSTED_AUC = 0.8
"""Below this AUC on the data in hand, preferences and class metrics are plumbing, no evidence."""

TRUSTED_CLIPS = 20
"""Fewer clips than this cannot establish an AUC."""


class JudgeReport(BaseModel):
    """A judge's own examination."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clips: int = Field(description="Held-out clips.", ge=2)
    auc: float = Field(description="Matched against shuffled text scores.", ge=0, le=1)
    noise_gap: float = Field(description="Mean score of a text with its clip minus with noise.")
    chance_gap: float = Field(
        description="75th percentile of the gap between two sounds with nothing of a text."
    )


def examined(judge: Judge, sounds: Sequence[Sound], scenes: Sequence[Scene]) -> JudgeReport:
    """Return the report of a judge on scenes, each with its first text.

    Args:
        judge: The judge.
        sounds: Sounds that it was not trained on.
        scenes: What is in them, in the same order.

    Raises:
        ValueError: If there are fewer than two different texts, or no text has two sounds that
            share no event with it.
    """
    texts = [scene.texts[0] for scene in scenes]
    embedded = judge.embed_texts(texts)
    noise = [noise_like(sound, seed=seed_of("noise", i)) for i, sound in enumerate(sounds)]
    matched = embeddings(judge, sounds) @ embedded.T
    noisy = embeddings(judge, noise) @ embedded.T
    events = [set(scene.events) for scene in scenes]
    unrelated = [[own.isdisjoint(named) for named in events] for own in events]
    return JudgeReport(
        clips=len(sounds),
        auc=separation(matched, texts).auc,
        noise_gap=float(np.mean(np.diag(matched) - np.diag(noisy))),
        chance_gap=chance_gap(matched, unrelated),
    )


def is_trusted(found: Separation) -> bool:
    """Return whether a judge knows these data well enough for its preferences to mean something.

    Example:
        >>> is_trusted(Separation(auc=0.9, clips=5, shuffled_pairs=20))
        False
    """
    return found.auc >= TRUSTED_AUC and found.clips >= TRUSTED_CLIPS


def embeddings(judge: Judge, sounds: Sequence[Sound]) -> FloatArray:
    """Return the embeddings of sounds in the space of the texts, shape (clips, dimensions)."""
    return np.stack([judge.read(sound).embedding for sound in sounds])
