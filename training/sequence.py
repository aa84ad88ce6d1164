"""Samples to rows of `sequences`, and rows to the ids and loss weights that a model trains on.

Shape suffixes: S = positions, Q = streams (codebooks), T = codec frames.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Ordered
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from schemas.generation import Segment
from schemas.training import Sample, Sequence, Span
from training.delay_pattern import delay, steps_of
from training.template import Codes, Piece, pieces_of, prompt_pieces
from training.vocabulary import PAD, Vocabulary


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a sample's segments become in a row of `sequences`."""

    positions: int
    spans: list[Span]
    ids: list[int]
    codes: bytes

    def row(self, sample: Sample, vocabulary: Vocabulary) -> Sequence:
        """Return the row of `sequences` of the sample that these tokens were made from."""
        return Sequence(
            sample_id=sample.sample_id,
            vocabulary=vocabulary.id,
            stage=sample.stage,
            task=sample.task,
            split=sample.split,
            positions=self.positions,
            spans=self.spans,
            ids=self.ids,
            codebooks=vocabulary.codebooks,
            codes=self.codes,
            audio_in=[],
            pair_id=sample.pair_id,
            preferred=sample.preferred,
        )


@dataclass(frozen=True, kw_only=True)
class Example:
    """A sequence as a model sees it."""

    name: str
    """Id of the sample."""
    ids_SQ: Tensor
    """Ids, int64; streams after the first hold pad where there is no audio."""
    weights_SQ: Tensor
    """Weight of each id as a target, float32; 0 where it carries no loss."""
    audio: tuple[tuple[int, int], ...]
    """Start and end of the content of each audio segment that carries loss."""

    @property
    def positions(self) -> int:
        """Length of the sequence."""
        return len(self.ids_SQ)


def tokenise(
    segments: Ordered[Segment], codes_by_segment: Mapping[int, Codes], vocabulary: Vocabulary
) -> Tokens:
    """Tokenise the segments of a sample.

    Args:
        segments: The sequence, in order.
        codes_by_segment: Codes of the audio segments, integer of shape (codebooks, frames), by
            index of the segment.
        vocabulary: Vocabulary of the ids.

    Raises:
        ValueError: If a segment lacks its text or codes, or they do not fit the vocabulary.
    """
    pieces = pieces_of(segments, codes_by_segment, vocabulary)
    spans = list(_spans(pieces, vocabulary))
    return Tokens(
        positions=sum(span.positions for span in spans),
        spans=spans,
        ids=[i for piece in pieces for i in piece.ids],
        codes=b"".join(_bytes(piece.codes) for piece in pieces if piece.codes is not None),
    )


def materialise(row: Sequence, vocabulary: Vocabulary) -> Example:
    """Return the ids and loss weights of a row.

    Every trained text id weighs 1 and every trained audio id 1 / codebooks, delay pads included,
    so an audio frame weighs as one text token (UALM, section 2.1).

    Raises:
        ValueError: If the row belongs to another vocabulary, has features for an acoustic
            encoder, or its spans do not add up to its ids and codes.
    """
    if row.vocabulary != vocabulary.id:
        msg = f"{row.sample_id}: expected vocabulary {vocabulary.id}, got {row.vocabulary}"
        raise ValueError(msg)
    text, sound = np.asarray(row.ids, np.int64), np.frombuffer(row.codes, "<i2")
    ids, weights, audio, start = [], [], [], 0
    for span in row.spans:
        if span.kind == "text":
            piece_SQ, text = _text_ids(text[: span.positions], vocabulary), text[span.positions :]
        else:
            size = _size(span, row, vocabulary)
            piece_SQ, sound = _audio_ids(sound[:size], vocabulary), sound[size:]
            if span.loss:
                audio.append((start, start + span.positions))
        ids.append(piece_SQ)
        weights.append(_weights(piece_SQ, span, vocabulary))
        start += span.positions
    ids_SQ = torch.cat(ids)
    if len(text) or len(sound) or not start == row.positions == len(ids_SQ):
        msg = f"{row.sample_id}: its spans do not add up to its ids, codes and positions; "
        msg += "run `ualm corpus samples` again"
        raise ValueError(msg)
    weights_SQ = torch.cat(weights)
    return Example(name=row.sample_id, ids_SQ=ids_SQ, weights_SQ=weights_SQ, audio=tuple(audio))


def prompt_ids(
    segments: Ordered[Segment],
    vocabulary: Vocabulary,
    modality: str,
    codes_by_segment: Mapping[int, Codes] | None = None,
) -> Tensor:
    """Return the ids up to the content of the assistant's next segment.

    Args:
        segments: What the model sees, in order.
        vocabulary: Vocabulary of the ids.
        modality: What it shall answer with, text or audio.
        codes_by_segment: Codes of the audio segments, by index of the segment.

    Returns:
        Ids, int64, shape (positions, streams).
    """
    pieces = prompt_pieces(segments, codes_by_segment or {}, vocabulary, modality)
    return torch.cat([_piece_ids(piece, vocabulary) for piece in pieces])


def _spans(pieces: Iterable[Piece], vocabulary: Vocabulary) -> Iterable[Span]:
    """Yield one span for each sound and for each longest run of text ids of a role and loss."""
    open_text: Span | None = None
    for piece in pieces:
        if piece.codes is None and not piece.ids:
            continue
        span = _span(piece, vocabulary)
        if open_text and span.kind == "text" and _alike(open_text, span):
            merged = open_text.positions + span.positions
            open_text = Span(kind="text", role=span.role, positions=merged, loss=span.loss)
            continue
        if open_text:
            yield open_text
        open_text = span if span.kind == "text" else None
        if span.kind == "audio":
            yield span
    if open_text:
        yield open_text


def _span(piece: Piece, vocabulary: Vocabulary) -> Span:
    if piece.codes is None:
        return Span(kind="text", role=piece.role, positions=len(piece.ids), loss=piece.loss)
    steps = steps_of(piece.codes.shape[1], vocabulary.codebooks)
    return Span(kind="audio", role=piece.role, positions=steps, loss=piece.loss)


def _alike(a: Span, b: Span) -> bool:
    return (a.role, a.loss) == (b.role, b.loss)


def _size(span: Span, row: Sequence, vocabulary: Vocabulary) -> int:
    """Return the number of codes of an audio span."""
    if span.kind != "audio" or row.codebooks != vocabulary.codebooks:
        msg = (
            f"{row.sample_id}: expected text and audio spans of {vocabulary.codebooks} codebooks, "
            f"got a span of kind {span.kind} and {row.codebooks} codebooks"
        )
        raise ValueError(msg)
    return vocabulary.codebooks * (span.positions - vocabulary.codebooks + 1)


def _bytes(codes: Codes) -> bytes:
    return codes.astype("<i2").tobytes()


def _piece_ids(piece: Piece, vocabulary: Vocabulary) -> Tensor:
    if piece.codes is None:
        return _text_ids(np.asarray(piece.ids, np.int64), vocabulary)
    return delay(torch.from_numpy(piece.codes.astype(np.int64)), vocabulary)


def _text_ids(ids: np.ndarray, vocabulary: Vocabulary) -> Tensor:
    ids_SQ = torch.full((len(ids), vocabulary.streams), PAD)
    ids_SQ[:, 0] = torch.from_numpy(ids)
    return ids_SQ


def _audio_ids(codes: np.ndarray, vocabulary: Vocabulary) -> Tensor:
    codes_QT = codes.reshape(vocabulary.codebooks, -1).astype(np.int64)
    return delay(torch.from_numpy(codes_QT), vocabulary)


def _weights(ids_SQ: Tensor, span: Span, vocabulary: Vocabulary) -> Tensor:
    weights_SQ = torch.zeros(ids_SQ.shape)
    if span.loss and span.kind == "text":
        weights_SQ[:, 0] = 1
    elif span.loss:
        weights_SQ[:] = 1 / vocabulary.codebooks
    return weights_SQ
