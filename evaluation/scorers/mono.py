"""Mono clips for a network: checked, heard beside those of equal length only, answers checked."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from evaluation.scorers.preparation import Prepared, Samples
from evaluation.sound import UnusableSoundError

_EXACT = threading.Lock()


def mono_samples(clip: Prepared, sample_rate: int, least_samples: int) -> Samples:
    """Return the samples of a clip that a network can hear, shape (samples,).

    Args:
        clip: Clip of one channel.
        sample_rate: Rate in Hz that the network was trained at.
        least_samples: The fewest samples that the network can hear.

    Raises:
        ValueError: If the clip has another rate or more channels.
        UnusableSoundError: With reason `not_finite` or `short`.
    """
    channels, length = clip.samples.shape
    if (clip.sample_rate, channels) != (sample_rate, 1):
        msg = (
            f"expected a mono clip at {sample_rate} Hz, got {channels} channels at "
            f"{clip.sample_rate} Hz: prepare it as the preset says"
        )
        raise ValueError(msg)
    if not np.isfinite(clip.samples).all():
        raise UnusableSoundError("not_finite", "a sample is NaN or infinite")
    if length < least_samples:
        detail = (
            f"expected at least {least_samples} samples at {sample_rate} Hz "
            f"({least_samples / sample_rate:.3f} s), got {length}"
        )
        raise UnusableSoundError("short", detail)
    samples: Samples = clip.samples[0]
    return samples


def equal_batches(pieces: Sequence[Samples], size: int) -> Iterator[list[int]]:
    """Yield places of pieces of one length: nothing is filled up to its neighbours' length.

    Args:
        pieces: Samples, each of shape (samples,).
        size: Pieces in a batch at most.

    Example:
        >>> list(equal_batches([np.zeros(3), np.zeros(5), np.zeros(3), np.zeros(3)], 2))
        [[0, 2], [3], [1]]
    """
    places = defaultdict(list)
    for place, piece in enumerate(pieces):
        places[len(piece)].append(place)
    for alike in places.values():
        for first in range(0, len(alike), size):
            yield alike[first : first + size]


def stacked(pieces: Sequence[Samples], device: torch.device) -> Tensor:
    """Return pieces of one length as a tensor, shape (pieces, samples)."""
    return torch.from_numpy(np.stack(pieces)).to(device)


@contextmanager
def exact_inference(device: torch.device) -> Iterator[None]:
    """Run the body without gradients, and on a GPU with convolutions in full float32.

    PyTorch's default there is TF32, which keeps 10 bits of 23 of each factor.
    """
    with torch.inference_mode():
        if device.type != "cuda":
            yield
            return
        # One switch for the whole process, so that one thread cannot put it back for another.
        with _EXACT, torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield


def check_answer(answer: Samples) -> Samples:
    """Return what a network answered, if it is an answer.

    Raises:
        UnusableSoundError: With reason `unscorable`, if a value is NaN or infinite.
    """
    if not np.isfinite(answer).all():
        bad = np.count_nonzero(~np.isfinite(answer))
        detail = f"expected numbers of the network, got {bad} of {answer.size} NaN or infinite"
        raise UnusableSoundError("unscorable", detail)
    return answer
