"""What an evaluation of folders is about, and which of its sounds have to be heard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.audio.listening import SoundFile
from evaluation.audio.pairing import Pairing
from evaluation.audio.reference_statistics import FrechetReference, PosteriorReference
from evaluation.rows.baseline_rows import NOISE_CLIPS
from schemas.ids import digest_of, seed_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """What is evaluated, under its names."""

    pairing: Pairing
    system: str
    """Name of the system that made the generated sounds."""

    dataset: str
    """Name of the set of captions and real sounds."""

    windows: FrechetReference | None = None
    """Mean and covariance of the real sounds' windows, in place of their audio; for FD."""

    posteriors: PosteriorReference | None = None
    """Class posteriors of the real sounds, in place of their audio; for KL."""

    seed: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what every system has to answer: captions, real sounds, crops."""
        captions = [
            [one.item_id, one.text, one.reference_id]
            for one in sorted(self.pairing.captions.values(), key=lambda one: one.item_id)
        ]
        real = [
            [sound, None if own.crop is None else [own.crop.start_s, own.crop.duration_s]]
            for sound, own in sorted(self.pairing.real.items())
        ]
        published = [
            None if s is None else s.origin.digest for s in (self.windows, self.posteriors)
        ]
        return digest_of([captions, real, published])


def sounds_to_hear(subject: Subject) -> list[SoundFile]:
    """Return the sounds of an evaluation: generated, real, and noise beside what it stands for."""
    sounds = [
        SoundFile(sound_id=f"generated/{stem}", path=path)
        for stem, path in subject.pairing.generated.items()
    ]
    sounds += [
        SoundFile(sound_id=f"reference/{sound}", path=own.path, crop=own.crop)
        for sound, own in subject.pairing.real.items()
    ]
    side = "reference" if subject.pairing.real else "generated"
    noisy = {sound.sound_id for sound in _chosen(sounds, side, subject.seed)}
    heard_too = []
    for sound in sounds:
        heard_too.append(sound)
        if sound.sound_id in noisy:
            stem = sound.sound_id.split("/", 1)[1]
            heard_too.append(
                SoundFile(
                    sound_id=f"noise/{stem}",
                    path=sound.path,
                    crop=sound.crop,
                    noise_seed=seed_of("noise", stem, subject.seed),
                )
            )
    return heard_too


def _chosen(sounds: Sequence[SoundFile], side: str, seed: int) -> list[SoundFile]:
    own = [sound for sound in sounds if sound.sound_id.startswith(f"{side}/")]
    order = np.random.default_rng(seed).permutation(len(own))[:NOISE_CLIPS]
    return [own[place] for place in order]
