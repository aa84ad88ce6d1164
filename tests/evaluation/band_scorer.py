"""A scorer without weights for tests: energies of bands, and how often it was asked."""

import hashlib

import numpy as np


class BandScorer:
    """Windows of 0.1 s as log energies of bands; class logits are their mean."""

    def __init__(self, bands=4, name="bands"):
        self.bands, self.name = bands, name
        self.heard = []

    @property
    def weights_digest(self):
        return hashlib.sha256(f"{self.name}{self.bands}".encode()).hexdigest()

    @property
    def scorer(self):
        return f"{self.name}@{self.weights_digest[:12]}"

    def read(self, clips):
        self.heard.append(len(clips))
        return [self._features(clip) for clip in clips]

    def _features(self, clip):
        mono = clip.samples.mean(axis=0)
        size = clip.sample_rate // 10
        windows = mono[: len(mono) // size * size].reshape(-1, size)
        power = np.abs(np.fft.rfft(windows)) ** 2
        split = np.array_split(power, self.bands, axis=1)
        energy = np.log(np.stack([band.sum(axis=1) for band in split], axis=1) + 1e-6)
        return {
            "embedding": energy.astype(np.float32),
            "clip_embedding": energy.mean(axis=0).astype(np.float32),
            "logits": energy.mean(axis=0).astype(np.float32),
        }
