"""Let every scorer hear every sound once; what was heard before comes from the cache."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from evaluation.audio.clip import Clip, Crop, noise_clip, read_clip
from evaluation.audio.ear import Ear, heard_features
from evaluation.audio.feature_cache import FeatureCache
from evaluation.judge import Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.scorers.scorer import Features
from evaluation.sound import UnusableSoundError
from schemas.ids import digest_of, file_digest

Advance = Callable[[int], None]

_SECONDS_AT_ONCE = 320.0
"""Sound that is held decoded at a time, unless a single clip is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFile:
    """A sound to hear: a file, a part of it, or noise in its place."""

    sound_id: str
    path: Path
    crop: Crop | None = None
    noise_seed: int | None = None
    """Seed of noise of the sound's length and level that is heard instead; None: the sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A sound that was left out, and why."""

    sound_id: str
    reason: str
    """One of `evaluation.audio.clip.REASONS`."""

    detail: str
    scorers: tuple[str, ...] = ()
    """Scorers that could not hear it; empty: nobody could."""


@dataclass(kw_only=True)
class Heard:
    """What came of a set of sounds."""

    readings: dict[str, Reading] = field(default_factory=dict)
    """By sound id."""

    refusals: list[Refusal] = field(default_factory=list)
    reused: int = 0
    """Sounds of which every feature was in the cache."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A decoded sound that some scorers have not heard yet."""

    sound_id: str
    clip: Clip
    keys: list[str]
    known: list[Features | None]


def heard(
    ears: Sequence[Ear],
    sounds: Iterable[SoundFile],
    cache: FeatureCache,
    *,
    batch: int = 1,
    advance: Advance = lambda _: None,
) -> Heard:
    """Return what the scorers hear in each sound.

    Each sound is decoded once, and not at all if everything of it is in the cache. What a scorer
    heard is kept before the next one listens, so a run that is killed loses a batch at most.

    Args:
        ears: The scorers.
        sounds: The sounds; noise is best listed behind the sound that it stands for.
        cache: Where features are kept.
        batch: Sounds that a scorer is given at once; with 1, its digits cannot depend on others.
        advance: Called with the number of sounds done.
    """
    found = Heard()
    waiting: list[_Waiting] = []
    digest, decode = lru_cache(maxsize=1)(_file_digest), lru_cache(maxsize=1)(read_clip)
    for sound in sounds:
        try:
            keys = _keys(ears, sound, digest(sound.path))
            known = [cache.get(key) for key in keys]
            if None in known:
                clip = decode(sound.path, sound.crop)
                if sound.noise_seed is not None:
                    clip = noise_clip(clip, seed=sound.noise_seed)
                waiting.append(_Waiting(sound.sound_id, clip, keys, known))
            else:
                found.reused += 1
                found.readings[sound.sound_id] = reading_of(ears, known)
                advance(1)
        except UnusableSoundError as error:
            _refuse(found, sound.sound_id, error)
            advance(1)
        if len(waiting) >= batch or sum(w.clip.duration_s for w in waiting) >= _SECONDS_AT_ONCE:
            _listen(found, ears, waiting, cache)
            advance(len(waiting))
            waiting = []
    _listen(found, ears, waiting, cache)
    advance(len(waiting))
    return found


def _keys(ears: Sequence[Ear], sound: SoundFile, digest: str) -> list[str]:
    crop = None if sound.crop is None else asdict(sound.crop)
    samples = digest_of([digest, crop, sound.noise_seed])
    return [ear.key(samples) for ear in ears]


def _listen(
    found: Heard, ears: Sequence[Ear], waiting: Sequence[_Waiting], cache: FeatureCache
) -> None:
    for place, ear in enumerate(ears):
        lacking = [one for one in waiting if one.known[place] is None]
        answers = heard_features(ear, [one.clip for one in lacking])
        for one, answer in zip(lacking, answers, strict=True):
            if isinstance(answer, UnusableSoundError):
                _refuse(found, one.sound_id, answer, ear)
            else:
                cache.put(one.keys[place], answer)
                one.known[place] = answer
    for one in waiting:
        if any(features is not None for features in one.known):
            found.readings[one.sound_id] = reading_of(ears, one.known)


def _refuse(found: Heard, sound_id: str, error: UnusableSoundError, ear: Ear | None = None) -> None:
    """Note who could not hear a sound; scorers that refuse it for one reason share a note."""
    scorers = () if ear is None else (ear.scorer.scorer,)
    for place, known in enumerate(found.refusals):
        if (known.sound_id, known.reason) == (sound_id, error.reason):
            found.refusals[place] = replace(known, scorers=known.scorers + scorers)
            return
    found.refusals.append(
        Refusal(sound_id=sound_id, reason=error.reason, detail=error.detail, scorers=scorers)
    )


def reading_of(ears: Sequence[Ear], known: Sequence[Features | None]) -> Reading:
    """Return what scorers heard in one sound as a reading.

    Args:
        ears: The scorers.
        known: Features of each of them, in their order; None where one could not hear the sound.
    """
    parts: dict[str, FloatArray] = {}
    quality: dict[str, float] = {}
    for ear, features in zip(ears, known, strict=True):
        for part, name in ear.takes.items():
            if features is None:
                continue
            values = np.asarray(features[name], np.float64)
            if part == "quality":
                quality = dict(zip(ear.axes, values.tolist(), strict=True))
            else:
                parts[part] = values
    nothing = np.empty(0)
    return Reading(
        windows=parts.get("windows", np.empty((0, 0))),
        embedding=parts.get("embedding", nothing),
        logits=parts.get("logits", nothing),
        is_logits=parts.get("is_logits", nothing),
        quality=quality,
    )


def _file_digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        raise UnusableSoundError("unreadable", str(error.strerror or error)) from error
