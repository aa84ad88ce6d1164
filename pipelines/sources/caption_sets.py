"""Makers of the readers of published sets, each imported when one is made."""
# ruff: noqa: PLC0415 (see above)

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions
    from pipelines.sources.source import Source


def audiocaps(given: str, options: "SourceOptions") -> "Source":
    """Return the source of AudioCaps."""
    from pipelines.sources.audiocaps import audiocaps_source

    return audiocaps_source(given, options)


def clotho(given: str, options: "SourceOptions") -> "Source":
    """Return the source of Clotho."""
    from pipelines.sources.clotho import clotho_source

    return clotho_source(given, options)


def wavcaps(given: str, options: "SourceOptions") -> "Source":
    """Return the source of WavCaps."""
    from pipelines.sources.wavcaps import wavcaps_source

    return wavcaps_source(given, options)


def fsd50k(given: str, options: "SourceOptions") -> "Source":
    """Return the source of FSD50K."""
    from pipelines.sources.fsd50k import fsd50k_source

    return fsd50k_source(given, options)


def musiccaps(given: str, options: "SourceOptions") -> "Source":
    """Return the source of MusicCaps."""
    from pipelines.sources.musiccaps import musiccaps_source

    return musiccaps_source(given, options)


def audioset(given: str, options: "SourceOptions") -> "Source":
    """Return the source of AudioSet's weak labels."""
    from pipelines.sources.audioset import audioset_source

    return audioset_source(given, options)


def audioset_strong(given: str, options: "SourceOptions") -> "Source":
    """Return the source of AudioSet's strong labels."""
    from pipelines.sources.audioset_strong import audioset_strong_source

    return audioset_strong_source(given, options)


def songdescriber(given: str, options: "SourceOptions") -> "Source":
    """Return the source of Song Describer."""
    from pipelines.sources.songdescriber import songdescriber_source

    return songdescriber_source(given, options)


def fma(given: str, options: "SourceOptions") -> "Source":
    """Return the source of FMA."""
    from pipelines.sources.fma import fma_source

    return fma_source(given, options)


def esc50(given: str, options: "SourceOptions") -> "Source":
    """Return the source of ESC-50 or ESC-10."""
    from pipelines.sources.esc50 import esc50_source

    return esc50_source(given, options)


def ljspeech(given: str, options: "SourceOptions") -> "Source":
    """Return the source of LJ Speech."""
    from pipelines.sources.ljspeech import ljspeech_source

    return ljspeech_source(given, options)
