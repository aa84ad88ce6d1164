"""The sounds of an evaluation set, as fingerprints like those of the corpus."""

from functools import lru_cache

import numpy as np

from pipelines.audio.flac import dequantise, encode_flac, quantise
from pipelines.audio.resample import mono, resample
from pipelines.duplicates.chromaprint import chromaprint_fingerprint
from pipelines.duplicates.fingerprints import LEAST_WORDS, Method
from pipelines.duplicates.spectral import RATE, Words, spectral_fingerprint
from pipelines.leaks.entries import Entry
from pipelines.leaks.evaluation_set import EvaluationSet
from pipelines.sources.audio_files import AudioFiles
from pipelines.sources.places import audio_files
from pipelines.sources.source import Refusal, Source
from schemas.audio.sound import DecodeError, Limits, Sound

_LIMITS = Limits()


def fingerprint_of(given: EvaluationSet, entry: Entry, method: Method) -> bytes | Refusal:
    """Return the fingerprint of an entry's sound as `measures.data` holds it, or why there is none.

    Args:
        given: The entry's set, which says where its sounds are.
        entry: The entry.
        method: `embedded` or `fpcalc`.
    """
    try:
        words = _fingerprint(_sound(given, entry), method)
    except DecodeError as error:
        return Refusal(reason=error.reason, detail=error.detail)
    told = int(np.count_nonzero(words))
    if told < LEAST_WORDS:
        return Refusal(reason="empty", detail=f"silent: {told} of {len(words)} words tell anything")
    return words.astype("<u4").tobytes()


def found_sound(given: EvaluationSet, entry: Entry) -> list[str | int]:
    """Return what changes when a benchmark's sound does; nothing of sets that a source reads.

    Args:
        given: The entry's set.
        entry: The entry.

    Raises:
        ValueError: If the place of sounds is none.
    """
    if given.audio is None or entry.source_item is not None or not entry.sound_names:
        return []
    try:
        found = _files(given.audio).find(entry.sound_names)
    except DecodeError as error:
        return [error.reason]
    return [] if found is None else [found.uri, *found.fingerprint]


def _sound(given: EvaluationSet, entry: Entry) -> Sound:
    if entry.source_item is not None:
        return _source(given).receive(entry.source_item, _LIMITS).sound
    found = _files(given.audio or "").find(entry.sound_names)
    if found is None:
        raise DecodeError("missing_audio", f"looked for {' and '.join(entry.sound_names)}")
    return _files(given.audio or "").receive(found.uri, found.member, _LIMITS).sound


def _fingerprint(sound: Sound, method: Method) -> Words:
    """Return the fingerprint of a sound, treated as ingest treats the corpus."""
    samples = quantise(resample(mono(sound.samples), sound.sample_rate, RATE))
    if method == "embedded":
        return spectral_fingerprint(dequantise(samples))
    try:
        return chromaprint_fingerprint(encode_flac(samples, RATE))
    except ValueError as error:
        raise DecodeError("undecodable", str(error)) from error


@lru_cache(maxsize=8)
def _source(given: EvaluationSet) -> Source:
    return given.source()


@lru_cache(maxsize=8)
def _files(place: str) -> AudioFiles:
    return audio_files(place)
