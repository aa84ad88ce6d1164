"""Drawing audio ids: guidance on logits, the stream's range, top-k, and one generator a sample.

Shape suffixes: B = samples, V = ids allowed, Q = streams.
"""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor


class AudioSampling(BaseModel):
    """How audio is drawn (UALM, Table 7)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    guidance: float = Field(default=3.0, ge=0)
    """Scale of classifier-free guidance (Table 7: 3.0); 1 is none and saves half the work."""
    top_k: int = Field(default=20, ge=1)
    """Likeliest ids to draw from (Table 7: 20)."""
    temperature: float = Field(default=1.0, gt=0)
    """Divides the logits (Table 7: 1.0; the public code: 0.8)."""
    max_frames: int = Field(default=1500, ge=1)
    """Most frames where the model decides the length itself."""
    use_cache: bool = True
    """Whether to keep keys and values between steps; the result is the same without."""


def guided(conditional: Tensor, unconditional: Tensor, scale: float) -> Tensor:
    """Return scale x conditional + (1 - scale) x unconditional, on logits.

    Source:
        UALM, equation 1, prints probabilities, which at scale 3 can be negative;
        NVIDIA/audio-intelligence@78024ec mixes logits.

    Example:
        >>> guided(torch.tensor([1.0]), torch.tensor([0.5]), 3.0).tolist()
        [2.0]
    """
    return scale * conditional + (1 - scale) * unconditional


def draw(logits_BV: Tensor, uniform_B: Tensor, settings: AudioSampling) -> Tensor:
    """Return one index a sample, drawn among its likeliest.

    Args:
        logits_BV: Logits of the ids that the stream may emit.
        uniform_B: A number in [0, 1) for each sample, from its own generator: the draw inverts
            the cumulative distribution at it, so other samples do not move it.
        settings: Top-k and temperature.
    """
    kept = min(settings.top_k, logits_BV.shape[1])
    top_BK, ids_BK = logits_BV.topk(kept, dim=1)
    cumulative_BK = (top_BK.double() / settings.temperature).softmax(dim=1).cumsum(dim=1)
    place_B = (cumulative_BK <= uniform_B[:, None]).sum(dim=1).clamp(max=kept - 1)
    return ids_BK.gather(1, place_B[:, None])[:, 0]


class Uniforms:
    """Uniform numbers, one generator a sample."""

    def __init__(self, seeds: list[int]) -> None:
        """Seed a generator for each sample."""
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def next(self, streams: int) -> Tensor:
        """Return numbers in [0, 1), float64, shape (samples, streams)."""
        rows = [torch.rand(streams, generator=g, dtype=torch.float64) for g in self._generators]
        return torch.stack(rows)
