"""Cnn14 of PANNs: an embedding and logits of 527 AudioSet classes, from a clip as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from evaluation.scorers.cnn14_network import SETTINGS, Cnn14Network, least_samples
from evaluation.scorers.mono import (
    check_answer,
    equal_batches,
    exact_inference,
    mono_samples,
    stacked,
)
from evaluation.scorers.preparation import Prepared
from evaluation.scorers.scorer import Features
from evaluation.scorers.strict_weights import load_strictly
from evaluation.weights.loading import load_checkpoint
from evaluation.weights.store import WeightsFile


@dataclass(frozen=True, kw_only=True, eq=False)
class Cnn14:
    """The network with the official weights, in fp32.

    Source:
        haoheliu/audioldm_eval: eval.py, feature_extractors/panns/models.py (what is read of it).
    """

    file: WeightsFile
    """The official `Cnn14_mAP=0.431.pth` or `Cnn14_16k_mAP=0.438.pth`."""

    sample_rate: int
    """Rate in Hz that the weights were trained at."""

    network: Cnn14Network = field(repr=False)

    batch: int = 8
    """Clips of one length that go through the network at a time."""

    @property
    def scorer(self) -> str:
        """Name of the network, its rate, and the digest of its weights."""
        return f"cnn14-{self.sample_rate // 1000}k@{self.weights_digest[:12]}"

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the checkpoint."""
        return self.file.digest

    @classmethod
    def load(cls, file: WeightsFile, *, sample_rate: int) -> "Cnn14":
        """Load an official checkpoint, to the GPU if there is one.

        Args:
            file: The checkpoint.
            sample_rate: 32000 or 16000 Hz, as the checkpoint was trained at.

        Raises:
            ValueError: If the file is another one, of another rate, or holds anything but tensors,
                numbers and texts; or if there is no Cnn14 of that rate.
        """
        if sample_rate not in SETTINGS:
            msg = f"expected a Cnn14 of {' or '.join(map(str, SETTINGS))} Hz, got {sample_rate} Hz"
            raise ValueError(msg)
        network = Cnn14Network(sample_rate)
        checkpoint = load_checkpoint(file.path)
        weights = (
            checkpoint.get("model", checkpoint) if isinstance(checkpoint, dict) else checkpoint
        )
        load_strictly(network.net, weights, file.path, f"Cnn14 at {sample_rate} Hz")
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(file=file, sample_rate=sample_rate, network=network.to(device))

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return of each clip its `logits` before the sigmoid, and its `embedding`.

        Returns:
            For each clip logits of shape (527,) and an embedding of shape (1, 2048).

        Raises:
            ValueError: If a clip is not mono at the network's rate.
            UnusableSoundError: If a clip is shorter than 0.31 s, or not finite, or the network's
                answer is not.
        """
        least = least_samples(self.sample_rate)
        heard = [mono_samples(clip, self.sample_rate, least) for clip in clips]
        found: list[dict[str, Any]] = [{} for _ in heard]
        device = self.network.net.fc1.weight.device
        for places in equal_batches(heard, self.batch):
            batch = stacked([heard[place] for place in places], device)
            with exact_inference(device):
                embeddings, logits = (part.cpu().numpy() for part in self.network(batch))
            for row, place in enumerate(places):
                found[place]["logits"] = check_answer(logits[row])
                found[place]["embedding"] = check_answer(embeddings[row : row + 1])
        return list(found)
