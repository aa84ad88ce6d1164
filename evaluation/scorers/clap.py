"""CLAP of the weights store as a scorer: embeddings of clips, and of texts in the same space."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.metrics.arrays import FloatArray
from evaluation.scorers.clap_model import SAMPLE_RATE, ClapModel
from evaluation.scorers.mono import check_answer, mono_samples
from evaluation.scorers.preparation import Prepared
from evaluation.scorers.scorer import Features
from evaluation.sound import Sound
from evaluation.weights.store import WeightsFile

_ROBERTA_EPSILON = 1e-5
"""Of roberta-base, which laion_clap takes; transformers' port defaults to 1e-12, off by 1e-4."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clap:
    """HTSAT-tiny with fusion and RoBERTa, in fp32, set up as `evaluation.scorers.clap_model` tells.

    Source:
        Stability-AI/stable-audio-metrics: src/clap_score.py (int16 round trip, padding of texts).
    """

    file: WeightsFile
    """The folder of `laion/clap-htsat-fused`."""

    model: ClapModel = field(repr=False)

    @property
    def scorer(self) -> str:
        """Name of the network, and the digest of its files."""
        return f"clap-htsat-fused@{self.weights_digest[:12]}"

    @property
    def weights_digest(self) -> str:
        """SHA-256 of all files' names and digests."""
        return self.file.digest

    @classmethod
    def load(cls, file: WeightsFile) -> "Clap":
        """Load the folder, to the GPU if there is one.

        Raises:
            ValueError: If it holds no CLAP at 48 kHz, or anything but numbers.
        """
        name = f"clap-htsat-fused@{file.digest[:12]}"
        model = ClapModel.from_folder(file.path, name, text_norm_epsilon=_ROBERTA_EPSILON)
        return cls(file=file, model=model)

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return of each clip its `clip_embedding`, a unit vector of shape (512,).

        A clip of more than 10 s is heard whole in small and in three random crops, by a seed of
        its own samples.

        Raises:
            ValueError: If a clip is not mono at 48 kHz.
            UnusableSoundError: If a clip holds no sample, or is not finite, or the network's answer
                is not.
        """
        sounds = [
            Sound(samples=mono_samples(clip, SAMPLE_RATE, 1), sample_rate=SAMPLE_RATE)
            for clip in clips
        ]
        if not sounds:
            return []
        embedded = self.model.embed_sounds(sounds).astype(np.float32)
        return [{"clip_embedding": check_answer(row)} for row in embedded]

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return unit embeddings of texts, shape (texts, 512).

        Raises:
            ValueError: If there is no text.
        """
        return self.model.embed_texts(texts)
