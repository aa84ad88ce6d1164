"""The sounds of a benchmark's items: found by the names that its file states, made 16 kHz mono."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.audio.resample import RATE, mono, resample
from pipelines.measuring.sounds import Waveform
from pipelines.sources.audio_files import AudioFiles, FoundAudio
from pipelines.sources.places import audio_files
from schemas.audio.sound import DecodeError, Limits


@dataclass(frozen=True)
class ItemSounds:
    """A place of sounds."""

    place: str
    """A folder, tar or URL, as `ualm corpus ingest` takes them."""

    def size(self, stated: str) -> int | None:
        """Return the bytes of a sound's file, None if it is not there."""
        try:
            found = self._files.find(names_of(stated))
        except DecodeError:
            return None
        return None if found is None else found.size

    def waveform(self, stated: str) -> Waveform:
        """Return a sound, whole.

        Args:
            stated: Its file as the benchmark states it.

        Raises:
            DecodeError: If it is not there (`missing_audio`), or cannot be used.
        """
        found = self._found(stated)
        sound = self._files.receive(found.uri, found.member, Limits()).sound
        samples = resample(mono(sound.samples), sound.sample_rate, RATE)
        return np.ascontiguousarray(samples, np.float32)

    def _found(self, stated: str) -> FoundAudio:
        names = names_of(stated)
        found = self._files.find(names)
        if found is None:
            raise DecodeError("missing_audio", f"no {' or '.join(names)} in {self.place}")
        return found

    @cached_property
    def _files(self) -> AudioFiles:
        return audio_files(self.place)


def names_of(stated: str) -> Sequence[str]:
    """Return the names that a stated file may have in a folder: whole, then without its folders.

    Example:
        >>> names_of("./test-mini-audios/a.wav")
        ['test-mini-audios/a.wav', 'a.wav']
    """
    parts = [part for part in stated.split("/") if part not in {"", "."}]
    if ".." in parts:
        return [stated]
    return ["/".join(parts[start:]) for start in range(len(parts))]
