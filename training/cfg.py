"""The null condition of classifier-free guidance: one function for training and generation.

Shape suffixes: S = positions, Q = streams.
"""

from dataclasses import replace

import torch
from torch import Tensor

from schemas.ids import seed_of
from training.sequence import Example
from training.template import HEADER
from training.vocabulary import PAD

_ONE = 2**63
"""Seeds are drawn evenly from 0 to this."""


def nulled(ids_SQ: Tensor, content_start: int) -> Tensor:
    """Return the ids with all that stands before an audio segment replaced by pad.

    The segment's own header, `<assistant> <audio>`, stays: training and generation both keep it.

    Args:
        ids_SQ: Ids, shape (positions, streams).
        content_start: Position of the segment's first content, right after its header.

    Raises:
        ValueError: If there is no room for a header before the content.

    Source:
        NVIDIA/audio-intelligence@78024ec keeps `<assistant>` in one of the two and not in the
        other; here the same positions are null in both.
    """
    if not HEADER <= content_start <= len(ids_SQ):
        msg = f"expected content between positions {HEADER} and {len(ids_SQ)}, got {content_start}"
        raise ValueError(msg)
    null_SQ = ids_SQ.clone()
    null_SQ[: content_start - HEADER] = PAD
    return null_SQ


def null_example(example: Example, segment: int) -> Example:
    """Return a training example with one audio segment and nothing it could depend on.

    What stands before it becomes pad at the same length; what follows it (its closing token
    excepted) becomes pad too, for it would be trained on a context that is gone.

    Args:
        example: A training example.
        segment: Index into `example.audio`.
    """
    start, end = example.audio[segment]
    closing = end + 1
    ids_SQ = nulled(example.ids_SQ, start)
    ids_SQ[closing:] = PAD
    weights_SQ = torch.zeros_like(example.weights_SQ)
    weights_SQ[start:closing] = example.weights_SQ[start:closing]
    return replace(example, ids_SQ=ids_SQ, weights_SQ=weights_SQ, audio=((start, end),))


def with_dropped_condition(example: Example, share: float, seed: int, epoch: int) -> Example:
    """Drop the condition of a seeded share of the examples that train audio.

    Args:
        example: A training example.
        share: Share of examples, in [0, 1] (paper's code: 0.05).
        seed: Seed of the run; the draw depends on it, the sample's id and the epoch, so neither
            the order nor the number of workers changes it.
        epoch: Epoch that shows the example.
    """
    draw = seed_of("cfg", seed, example.name, epoch)
    if not example.audio or draw >= share * _ONE:
        return example
    segment = seed_of("cfg-segment", seed, example.name, epoch) % len(example.audio)
    return null_example(example, segment)
