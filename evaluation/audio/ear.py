"""A scorer with the input it demands, and what it answers to clips: features or a refusal each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from evaluation.audio.clip import VERSION, Clip
from evaluation.scorers.preparation import Preparation, Prepared
from evaluation.scorers.scorer import Features, Scorer
from evaluation.sound import UnusableSoundError
from schemas.ids import digest_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ear:
    """A scorer, the input that it demands, and which parts of a reading its features are."""

    scorer: Scorer
    preparation: Preparation
    takes: Mapping[str, str]
    """Name of the feature that fills a field of `Reading`, by field."""

    axes: tuple[str, ...] = ()
    """Names of the values of `quality`, in order."""

    settings: str = ""
    """What else its features depend on: digest of windows, hop, layer."""

    def key(self, sound: str) -> str:
        """Return the key of its features of a sound in the cache.

        Args:
            sound: Digest of everything that the sound's samples depend on.
        """
        own = [self.scorer.scorer, self.scorer.weights_digest, self.hearing]
        return digest_of(["features", sound, *own])

    @property
    def hearing(self) -> str:
        """SHA-256 of how it hears: rate, channels, level, windows, layer, and our own reading."""
        return digest_of([VERSION, asdict(self.preparation), self.settings])


def heard_features(
    ear: Ear, clips: Sequence[Clip | UnusableSoundError]
) -> list[Features | UnusableSoundError]:
    """Return what a scorer hears in each clip, or why it cannot.

    Args:
        ear: The scorer.
        clips: Clips to hear together; what could not even be decoded stays as it is.
    """
    prepared = [_prepared(ear, clip) for clip in clips]
    answers = iter(_answers(ear, [one for one in prepared if isinstance(one, Prepared)]))
    return [next(answers) if isinstance(one, Prepared) else one for one in prepared]


def _prepared(ear: Ear, clip: Clip | UnusableSoundError) -> Prepared | UnusableSoundError:
    if isinstance(clip, UnusableSoundError):
        return clip
    try:
        return clip.prepared(ear.preparation)
    except UnusableSoundError as error:
        return error


def _answers(ear: Ear, clips: Sequence[Prepared]) -> list[Features | UnusableSoundError]:
    """Let a scorer hear clips together; if it refuses, one by one, to find whom it means."""
    if not clips:
        return []
    try:
        return [_finite(ear, features) for features in ear.scorer.read(clips)]
    except UnusableSoundError as error:
        return [error] if len(clips) == 1 else [a for one in clips for a in _answers(ear, [one])]


def _finite(ear: Ear, features: Features) -> Features | UnusableSoundError:
    if all(np.isfinite(values).all() for values in features.values()):
        return features
    return UnusableSoundError("unscorable", f"{ear.scorer.scorer} answered NaN or infinity")
