"""PaSST: logits of 527 AudioSet classes, from windows of 10 s every 5 s."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from evaluation.scorers.audioset_labels import CLASSES
from evaluation.scorers.mono import (
    check_answer,
    equal_batches,
    exact_inference,
    mono_samples,
    stacked,
)
from evaluation.scorers.passt_network import LEAST_SAMPLES, SAMPLE_RATE, PasstNetwork
from evaluation.scorers.preparation import Prepared, Samples
from evaluation.scorers.scorer import Features
from evaluation.scorers.strict_weights import load_strictly
from evaluation.weights.loading import load_checkpoint
from evaluation.weights.store import WeightsFile

WINDOW = 10 * SAMPLE_RATE
STEP = 5 * SAMPLE_RATE
LEAST_PADDED = 3 * SAMPLE_RATE // 2
"""Windows of up to 1.5 s are heard as they are, longer ones with zeros up to 10 s."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Passt:
    """The network with the official weights, in fp32.

    Source:
        Stability-AI/stable-audio-metrics: src/passt_kld.py (windows, mean of logits).
    """

    file: WeightsFile
    """The official `passt-s-f128-p16-s10-ap.476-swa.pt`."""

    network: PasstNetwork = field(repr=False)

    batch: int = 8
    """Windows that go through the network at a time."""

    @property
    def scorer(self) -> str:
        """Name of the network, and the digest of its weights."""
        return f"passt-s-f128-p16-s10-ap476-swa@{self.weights_digest[:12]}"

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the checkpoint."""
        return self.file.digest

    @classmethod
    def load(cls, file: WeightsFile) -> "Passt":
        """Load the official checkpoint, to the GPU if there is one.

        Raises:
            ValueError: If the file is another one, or holds anything but tensors.
        """
        network = PasstNetwork()
        weights = load_checkpoint(file.path)
        load_strictly(network.transformer, weights, file.path, "PaSST-S with patches of 16 by 10")
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(file=file, network=network.to(device))

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return of each clip its `logits`, the mean of its windows' logits, shape (527,).

        Raises:
            ValueError: If a clip is not mono at 32 kHz.
            UnusableSoundError: If a clip is shorter than 0.15 s, or not finite, or the network's
                answer is not.
        """
        cut = [windows(mono_samples(clip, SAMPLE_RATE, LEAST_SAMPLES)) for clip in clips]
        pieces = [piece for of_clip in cut for piece in of_clip]
        logits = np.empty((len(pieces), CLASSES))
        device = self.network.window.device
        for places in equal_batches(pieces, self.batch):
            batch = stacked([pieces[place] for place in places], device)
            with exact_inference(device):
                logits[places] = self.network(batch).double().cpu().numpy()
        ends = np.cumsum([len(of_clip) for of_clip in cut])
        means = [
            logits[end - len(of_clip) : end].mean(axis=0).astype(np.float32)
            for of_clip, end in zip(cut, ends, strict=True)
        ]
        return [{"logits": check_answer(mean)} for mean in means]


def windows(samples: Samples) -> list[Samples]:
    """Cut a clip as the KL of stable-audio-metrics does.

    Args:
        samples: Samples at 32 kHz, shape (samples,).

    Returns:
        Windows of 10 s every 5 s, none of which begins in the last 5 s. The last one is filled up
        with zeros, but a clip of up to 1.5 s stays as it is.

    Example:
        >>> [len(window) / 32_000 for window in windows(np.zeros(320_320, np.float32))]
        [10.0, 10.0]
        >>> [len(window) / 32_000 for window in windows(np.zeros(48_000, np.float32))]
        [1.5]
    """
    starts = range(0, max(STEP, len(samples) - STEP), STEP)
    cut = [samples[start : start + WINDOW] for start in starts]
    if LEAST_PADDED < len(cut[-1]) < WINDOW:
        cut[-1] = np.pad(cut[-1], (0, WINDOW - len(cut[-1])))
    return cut
