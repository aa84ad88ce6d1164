"""What a scorer demands of a clip before it listens: rate, channels, level. Data, never code."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

Channels = Literal["stereo", "mean", "first"]
Resampler = Literal["soxr-hq", "librosa", "torchaudio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How a decoded clip becomes a scorer's input."""

    sample_rate: int
    """Rate in Hz that the scorer is given."""

    channels: Channels
    """`stereo`: left and right, mono twice; `mean` of all channels; `first` channel."""

    resampler: Resampler = "soxr-hq"
    """`librosa`: soxr HQ, with zeros up to the length that librosa gives; `torchaudio`: its default
    (Hann, width 6), which aliases. Each only where a reference uses it."""

    mix_first: bool = True
    """Whether channels are mixed before the resampling or after it."""

    remove_dc: bool = False
    """Whether the mean of the samples is taken off, before the resampling."""

    peak_dbfs: float | None = None
    """Peak over all channels that the clip is scaled to; None leaves the level as it is."""

    peak_first: bool = False
    """Whether the peak is that of the decoded clip or of the resampled one."""

    least_samples: int = 0
    """Fewer samples at `sample_rate` than this are made up by zeros at the end."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A clip as a scorer is given it."""

    samples: Samples
    """Samples, shape (channels, samples)."""

    sample_rate: int
    """Rate in Hz."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)
