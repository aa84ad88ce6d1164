"""The embedded judge's network: a small convolutional net beside a bag of hashed text features.

Shape suffixes: B = clips, T = frames, M = mel bands, W = windows, D = embedding, C = classes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluation.embedded.log_mel import HOP_LENGTH, MELS, SAMPLE_RATE
from evaluation.embedded.text_features import BUCKETS, text_buckets

DIMENSIONS = 64
_CHANNELS = (16, 32, 64)
_HIDDEN = 128
_STRIDE = 16
_WINDOW = 6
_SHARPNESS = 4.0
WINDOW_S = _STRIDE * _WINDOW * HOP_LENGTH / SAMPLE_RATE
"""Length of a window: 1.92 s."""


class JudgeNetwork(nn.Module):
    """Class logits and embeddings of sounds, and embeddings of texts in the same space."""

    def __init__(self, classes: int) -> None:
        """Build a randomly initialised network.

        Args:
            classes: Number of sound classes.
        """
        super().__init__()
        blocks: list[nn.Module] = []
        for channels_in, channels in zip((1, *_CHANNELS[:-1]), _CHANNELS, strict=True):
            blocks += [
                nn.Conv2d(channels_in, channels, 3, stride=2, padding=1),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
        self.spectral = nn.Sequential(*blocks)
        # The whole frequency axis at once: pitch and timbre are not shift-invariant.
        self.temporal = nn.Sequential(
            nn.Conv1d(_CHANNELS[-1] * MELS // 8, _HIDDEN, 3, stride=2, padding=1),
            nn.BatchNorm1d(_HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.2),
        )
        self.classify = nn.Linear(2 * _HIDDEN, classes)
        self.embed = nn.Linear(2 * _HIDDEN, DIMENSIONS)
        self.words = nn.EmbeddingBag(BUCKETS, _HIDDEN, mode="mean")
        self.embed_words = nn.Sequential(
            nn.LayerNorm(_HIDDEN),
            nn.Linear(_HIDDEN, _HIDDEN),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(_HIDDEN, DIMENSIONS),
        )
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def windows(self, levels_BTM: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings and class logits of each window of 1.92 s.

        Args:
            levels_BTM: From `relative_levels`.

        Returns:
            Embeddings (clips, windows, 64) and logits (clips, windows, classes).
        """
        hidden = self.spectral(levels_BTM[:, None])  # (B, channels, T / 8, M / 8)
        hidden = self.temporal(hidden.transpose(2, 3).flatten(1, 2))
        mean = functional.avg_pool1d(hidden, _WINDOW, ceil_mode=True, count_include_pad=False)
        peak = functional.max_pool1d(hidden, _WINDOW, ceil_mode=True)
        pooled_BWH = torch.cat([mean, peak], dim=1).transpose(1, 2)
        return self.embed(pooled_BWH), self.classify(pooled_BWH)

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Return unit embeddings of texts, shape (texts, 64)."""
        bags = [text_buckets(text) for text in texts]
        offsets = torch.tensor([0, *map(len, bags[:-1])]).cumsum(0)
        flat = torch.tensor([bucket for bag in bags for bucket in bag])
        unit: Tensor = functional.normalize(self.embed_words(self.words(flat, offsets)), dim=1)
        return unit


def clip_embedding(windows_BWD: Tensor) -> Tensor:
    """Return unit embeddings of clips, shape (clips, dimensions): the mean direction."""
    return functional.normalize(windows_BWD.mean(dim=1), dim=1)


def clip_logits(windows_BWC: Tensor) -> Tensor:
    """Return logits of clips, shape (clips, classes): a class is there if a window has it.

    A smooth maximum over windows, so that training reaches every window.
    """
    return (
        torch.logsumexp(_SHARPNESS * windows_BWC, dim=1).sub(
            torch.log(torch.tensor(float(windows_BWC.shape[1])))
        )
        / _SHARPNESS
    )
