"""The delay pattern: codebook `q` runs `q` steps late, so one step predicts every codebook.

Shape suffixes: Q = codebooks, T = codec frames, S = T + Q - 1 sequence steps.
"""

import torch
from torch import Tensor

from training.vocabulary import Vocabulary


def steps_of(frames: int, codebooks: int) -> int:
    """Return the sequence steps that a number of frames takes.

    Source:
        UALM, appendix B.1: 10 s at 50 Hz with 8 codebooks are 4,000 tokens in 507 steps.

    Example:
        >>> steps_of(500, 8)
        507
    """
    return frames + codebooks - 1


def delay(codes_QT: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Return the audio ids of codes, codebook `q` shifted `q` steps.

    Args:
        codes_QT: Codes, integer, in 0 to codebook_size - 1, shape (codebooks, frames).
        vocabulary: Gives the ids of codes and delay pads.

    Returns:
        Ids, int64, shape (steps, codebooks); delay pads where no frame falls.

    Raises:
        ValueError: If the codebooks or the range of the codes do not fit, or there is no frame.

    Source:
        UALM, appendix B.1, whose last index ought to read s - n_q + 1.

    Example:
        >>> v = Vocabulary.build("c", 2, 10)
        >>> (delay(torch.tensor([[1, 2], [3, 4]]), v) - v.audio_start).tolist()
        [[2, 11], [3, 15], [0, 16]]
    """
    _check(codes_QT, vocabulary)
    codebooks, frames = codes_QT.shape
    pads_Q = _pads(vocabulary)
    ids_SQ = pads_Q.repeat(steps_of(frames, codebooks), 1)
    step_QT, book_QT = _places(codebooks, frames)
    ids_SQ[step_QT, book_QT] = codes_QT.long() + 1 + pads_Q[:, None]
    return ids_SQ


def undelay(ids_SQ: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Invert `delay`: ids of shape (steps, codebooks) to codes of shape (codebooks, frames).

    Raises:
        ValueError: If there are fewer steps than codebooks, or a frame's id is no code of its
            codebook.
    """
    steps, codebooks = ids_SQ.shape
    frames = steps - codebooks + 1
    if codebooks != vocabulary.codebooks or frames < 1:
        msg = (
            f"expected {vocabulary.codebooks} codebooks and at least as many steps, "
            f"got {codebooks} codebooks and {steps} steps"
        )
        raise ValueError(msg)
    step_QT, book_QT = _places(codebooks, frames)
    codes_QT = ids_SQ[step_QT, book_QT] - 1 - _pads(vocabulary)[:, None]
    _check(codes_QT, vocabulary)
    return codes_QT


def _places(codebooks: int, frames: int) -> tuple[Tensor, Tensor]:
    """Return the step and the stream of every code, each of shape (codebooks, frames)."""
    books_Q1 = torch.arange(codebooks)[:, None]
    return books_Q1 + torch.arange(frames), books_Q1.expand(codebooks, frames)


def _pads(vocabulary: Vocabulary) -> Tensor:
    return torch.tensor([vocabulary.audio_pad(q) for q in range(vocabulary.codebooks)])


def _check(codes_QT: Tensor, vocabulary: Vocabulary) -> None:
    books, size = vocabulary.codebooks, vocabulary.codebook_size
    if codes_QT.ndim != 2 or codes_QT.shape[0] != books or codes_QT.shape[1] < 1:
        msg = f"expected codes of shape ({books}, frames >= 1), got {tuple(codes_QT.shape)}"
        raise ValueError(msg)
    low, high = int(codes_QT.min()), int(codes_QT.max())
    if low < 0 or high >= size:
        msg = f"expected codes in 0 to {size - 1}, got {low} to {high}"
        raise ValueError(msg)
