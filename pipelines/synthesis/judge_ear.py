"""An ear made of the embedded judge: its window logits, read at overlapping offsets."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from evaluation.embedded.embedded_judge import EmbeddedJudge, load_judge, weights_path
from evaluation.embedded.judge_network import WINDOW_S
from evaluation.embedded.log_mel import HOP_LENGTH, mel_filters, mel_power, relative_levels
from pipelines.synthesis.heard import Ear, Posteriors, Samples
from schemas.lake import Lake

OFFSETS = 4
"""Windows overlap so that each cell, a quarter of a window, is covered by as many."""


@dataclass(frozen=True, slots=True)
class JudgeEar:
    """The embedded judge as an ear; it hears only what its scenes taught it."""

    judge: EmbeddedJudge

    @property
    def name(self) -> str:
        """The judge's scorer id."""
        return self.judge.scorer

    @property
    def sample_rate(self) -> int:
        """16 kHz."""
        return self.judge.sample_rate

    @property
    def classes(self) -> tuple[str, ...]:
        """The scenes' events."""
        return self.judge.classes

    @property
    def cell_s(self) -> float:
        """0.48 s."""
        return WINDOW_S / OFFSETS

    def listen(self, samples: Samples, /) -> Posteriors:
        """Return the mean posterior of the windows over each cell, shape (cells, classes)."""
        with torch.inference_mode():
            power = mel_power(torch.from_numpy(samples), torch.from_numpy(mel_filters()))
            levels = relative_levels(power)
            frames = round(self.cell_s * self.sample_rate / HOP_LENGTH)
            cells = -(-len(levels) // frames)
            total = np.zeros((cells, len(self.classes)))
            cover = np.zeros((cells, 1))
            for offset in range(min(OFFSETS, cells)):
                _, logits = self.judge.network.windows(levels[None, offset * frames :])
                for window, posterior in enumerate(logits[0].sigmoid().double().numpy()):
                    first = offset + window * OFFSETS
                    total[first : first + OFFSETS] += posterior
                    cover[first : first + OFFSETS] += 1
        posteriors: Posteriors = total / np.maximum(cover, 1)
        return posteriors


@lru_cache(maxsize=2)
def judge_ear(lake_root: str, scorer: str) -> Ear:
    """Return the ear of a judge whose weights lie in a lake.

    Raises:
        ValueError: If the scorer is no embedded judge or its weights are gone.
    """
    return JudgeEar(load_judge(weights_path(Lake.open(lake_root), scorer)))
