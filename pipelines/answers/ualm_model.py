"""A checkpoint of this suite: sounds go in as codec tokens, the likeliest text comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from torch import Tensor

from pipelines.answers.answerer import Asked, Reply
from pipelines.audio.resample import RATE, resample
from pipelines.measuring.sounds import Waveform
from schemas.generation import Segment
from schemas.lake import Lake
from training.checkpoint import Checkpoint
from training.codecs.codec import Codec
from training.codecs.registry import load_codec
from training.generate import continue_text
from training.sequence import prompt_ids
from training.template import Codes

BATCH = 16
"""Prompts side by side."""


@dataclass(frozen=True, eq=False)
class UalmModel:
    """An `Answerer` over a checkpoint."""

    checkpoint: Checkpoint = field(repr=False)
    codec: Codec | None = field(repr=False)
    """Reads sounds; None where there are none."""
    batch: int = BATCH
    concurrency: int = 1

    @property
    def name(self) -> str:
        """Stage and digest of the checkpoint."""
        return self.checkpoint.id

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Return a reply to each question."""
        replies: list[Reply | None] = [self._refused(own) for own in asked]
        fitting = [n for n, reply in enumerate(replies) if reply is None]
        if fitting:
            limit = asked[0].prompt.max_tokens
            said = continue_text(
                self.checkpoint.model,
                self.checkpoint.vocabulary,
                [self._ids(asked[n]) for n in fitting],
                limit,
            )
            for n, one in zip(fitting, said, strict=True):
                cut = None if one.closed else f"not finished after {limit} tokens"
                replies[n] = Reply.of(one.text, asked[n].prompt, cut)
        return [reply or Reply() for reply in replies]

    def _refused(self, asked: Asked) -> Reply | None:
        if asked.sound is None or self.codec is None:
            return None
        length = len(self._at_codec_rate(asked.sound))
        if length >= self.codec.min_samples:
            return None
        reason = f"short: {length} samples, under {self.codec.min_samples}"
        return Reply(status="failed", reason=reason)

    def _ids(self, asked: Asked) -> Tensor:
        segments = [Segment(role="user", modality="text", text=asked.prompt.user)]
        codes: dict[int, Codes] = {}
        if asked.prompt.system:
            segments.insert(0, Segment(role="system", modality="text", text=asked.prompt.system))
        if asked.sound is not None:
            segments.insert(-1, Segment(role="user", modality="audio"))
            codes[len(segments) - 2] = self._codes(asked.sound)
        return prompt_ids(segments, self.checkpoint.vocabulary, "text", codes)

    def _codes(self, sound: Waveform) -> Codes:
        if self.codec is None:
            msg = f"{self.name} hears sounds as codes of {self.checkpoint.vocabulary.codec}, whose "
            msg += "weights are in a lake: give --lake, or ask --without-audio"
            raise ValueError(msg)
        codes: Codes = self.codec.encode(self._at_codec_rate(sound)[None])[0]
        return codes

    def _at_codec_rate(self, sound: Waveform) -> Waveform:
        rate = self.codec.sample_rate if self.codec else RATE
        return np.ascontiguousarray(resample(sound, RATE, rate), np.float32)


def loaded_ualm_model(folder: str, lake: Lake | None, *, hears: bool) -> UalmModel:
    """Return a checkpoint, loaded once for all shards and threads of a process.

    Args:
        folder: Its folder, or that of the run that made it.
        lake: Holds the codec's weights.
        hears: Whether there will be sounds.

    Raises:
        ValueError: If there is no such checkpoint, or sounds and no codec for them.
    """
    checkpoint = _loaded(folder, _stamp(folder))
    if not hears:
        return UalmModel(checkpoint, None)
    codec = checkpoint.vocabulary.codec
    if lake is None:
        msg = f"{checkpoint.id} hears sounds as codes of {codec}, whose weights are in a lake: "
        msg += "give --lake, or ask --without-audio"
        raise ValueError(msg)
    return UalmModel(checkpoint, load_codec(codec, lake))


@lru_cache(maxsize=1)
def _loaded(folder: str, _stamp: tuple[int, ...]) -> Checkpoint:
    return Checkpoint.load(Path(folder))


def _stamp(folder: str) -> tuple[int, ...]:
    """Return what changes when another checkpoint takes a folder's place."""
    cards = sorted(Path(folder).glob("**/checkpoint.json"))
    return tuple(card.stat().st_mtime_ns for card in cards)
