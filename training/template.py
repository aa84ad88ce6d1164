"""The template: segments of a conversation to one token sequence, and back.

`<bos>`, then for each segment `<role> <modality> content <eos>`, with `<eot>` in place of `<eos>`
where the next segment has the same role: so text and audio interleave in one assistant turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from schemas.generation import Segment
from training.delay_pattern import undelay
from training.vocabulary import BOS, EOS, EOT, MODALITIES, ROLES, Vocabulary

Codes = NDArray[np.int16]
"""Codec codes of one sound, shape (codebooks, frames)."""

HEADER = 2
"""Positions of a segment before its content: its role and its modality."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of the sequence that is all text ids or all one sound."""

    role: str
    loss: bool
    ids: tuple[int, ...] = ()
    codes: Codes | None = None


def pieces_of(
    segments: Sequence[Segment], codes: Mapping[int, Codes], vocabulary: Vocabulary
) -> list[Piece]:
    """Return the pieces of a whole conversation.

    A segment with loss trains its content and its closing token. It trains its header too where
    it continues its own role's turn (after `<eot>`), because there the model itself decides what
    comes next; elsewhere the header is given to the model.

    Args:
        segments: The conversation.
        codes: Codes of the audio segments, by index of the segment.
        vocabulary: Vocabulary of the ids.

    Raises:
        ValueError: If there is no segment, or one lacks its text, its codes or a known role.

    Source:
        NVIDIA/audio-intelligence@78024ec:UALM/models/ualm/ualm_job.py, which trains every header
        of the assistant; here the first is a condition, as it is in generation.
    """
    if not segments:
        msg = "expected at least one segment, got none"
        raise ValueError(msg)
    roles: list[str | None] = [None, *(segment.role for segment in segments), None]
    pieces = [Piece(role=segments[0].role, loss=False, ids=(BOS,))]
    for i, segment in enumerate(segments):
        continues, continued = roles[i] == segment.role, roles[i + 2] == segment.role
        header_loss = segment.loss and continues
        pieces.append(
            Piece(role=segment.role, loss=header_loss, ids=header(segment.role, segment.modality))
        )
        pieces.append(_content(segment, codes.get(i), i, vocabulary))
        closing = EOT if continued else EOS
        pieces.append(Piece(role=segment.role, loss=segment.loss, ids=(closing,)))
    return pieces


def prompt_pieces(
    segments: Sequence[Segment],
    codes: Mapping[int, Codes],
    vocabulary: Vocabulary,
    modality: str,
) -> list[Piece]:
    """Return the pieces up to the content of the assistant's next segment.

    They are the pieces of the conversation with that segment appended, up to its content, so
    a prompt is exactly what training showed.
    """
    answer = Segment(role="assistant", modality="text", text="")
    *context, _, _, _ = pieces_of([*segments, answer], codes, vocabulary)
    return [*context, Piece(role="assistant", loss=False, ids=header("assistant", modality))]


def header(role: str, modality: str) -> tuple[int, ...]:
    """Return the two ids that open a segment.

    Raises:
        ValueError: If the role or modality is unknown.
    """
    if role not in ROLES or modality not in MODALITIES:
        msg = f"expected a role in {list(ROLES)} and modality in {list(MODALITIES)}, got "
        msg += f"{role!r} and {modality!r}"
        raise ValueError(msg)
    return ROLES[role], MODALITIES[modality]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A segment read back from ids."""

    role: str
    modality: str
    text: str | None = None
    codes: Codes | None = None


def parse(ids_SQ: Tensor, vocabulary: Vocabulary) -> list[Parsed]:
    """Read the segments of a token sequence back.

    Args:
        ids_SQ: Ids of a whole sequence, shape (positions, streams).
        vocabulary: Vocabulary of the ids.

    Raises:
        ValueError: If the ids do not follow the template.
    """
    stream_0 = ids_SQ[:, 0].tolist()
    if not stream_0 or stream_0[0] != BOS:
        msg = f"expected a sequence that starts with <bos> ({BOS}), got {stream_0[:1]}"
        raise ValueError(msg)
    return list(_parsed(ids_SQ, stream_0, vocabulary))


def _parsed(ids_SQ: Tensor, stream_0: list[int], vocabulary: Vocabulary) -> Iterator[Parsed]:
    roles = {i: name for name, i in ROLES.items()}
    modalities = {i: name for name, i in MODALITIES.items()}
    start = 1
    while start < len(stream_0):
        closing = next((p for p in range(start, len(stream_0)) if stream_0[p] in (EOS, EOT)), None)
        role, modality = (roles.get(stream_0[start]), modalities.get(_at(stream_0, start + 1)))
        if closing is None or role is None or modality is None:
            msg = f"expected <role> <modality> ... <eos> from position {start}, got "
            msg += f"{stream_0[start : start + 8]}"
            raise ValueError(msg)
        content = slice(start + HEADER, closing)
        if modality == "text":
            yield Parsed(role=role, modality=modality, text=vocabulary.decode(stream_0[content]))
        else:
            codes = undelay(ids_SQ[content], vocabulary).to(torch.int16).numpy()
            yield Parsed(role=role, modality=modality, codes=codes)
        start = closing + 1


def _at(ids: list[int], position: int) -> int:
    return ids[position] if position < len(ids) else -1


def _content(segment: Segment, codes: Codes | None, index: int, vocabulary: Vocabulary) -> Piece:
    if segment.modality == "audio":
        if codes is None:
            msg = f"segment {index}: expected the codes of its audio, got none; run "
            msg += "`ualm corpus encode` for its clip"
            raise ValueError(msg)
        return Piece(role=segment.role, loss=segment.loss, codes=codes)
    if segment.text is None:
        msg = f"segment {index}: expected text, got none"
        raise ValueError(msg)
    return Piece(role=segment.role, loss=segment.loss, ids=tuple(vocabulary.encode(segment.text)))
