"""Decode sound files: libsndfile first, FFmpeg (PyAV) for what it does not know.

Libsndfile is several times cheaper; FFmpeg reads m4a, aac, wma and the rest.
"""

import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from schemas.audio.sound import DecodeError, Limits, Sound, checked_sound
from schemas.audio.structure import check_structure

SNDFILE = f"libsndfile {soundfile.__libsndfile_version__}"
FFMPEG = f"PyAV {av.__version__}"

_BLOCK = 2**20
"""Frames read at once: a header that lies costs at most one block before it is refused."""

_UNKNOWN_FRAMES = 2**60
"""libsndfile's frame count where a header does not tell is a number beyond this."""

_SIDECAR_TOLERANCE_S = 0.5
"""A sidecar's duration may be rounded to whole seconds."""

_TOLD = frozenset(
    ["WAV", "WAVEX", "RF64", "W64", "AIFF", "SVX", "AU", "CAF", "NIST", "FLAC", "OGG", "MP3"]
)
"""Formats of libsndfile whose structure is checked: of the others one cut off looks whole."""
_UNTOLD = frozenset({"MPEG_LAYER_I", "MPEG_LAYER_II"})
"""Streams whose length libsndfile guesses from the size of the file."""

_FFMPEG_TOLERANCE = 4096
"""Frames by which a container's duration may exceed its sound: encoder delay and padding."""


def decode(
    source: Path | bytes, *, expected_s: float | None = None, limits: Limits | None = None
) -> Sound:
    """Decode a sound file whole.

    Args:
        source: The file, or its bytes.
        expected_s: Duration that a sidecar claims, in seconds; a sound that is more than half a
            second shorter is refused as truncated.
        limits: What to accept; by default 8 channels, 8 to 192 kHz, 512 MiB as float32.

    Returns:
        The sound as received, at its own rate and with its own channels.

    Raises:
        DecodeError: If the file is not exactly a whole, sane sound; `reason` says why.
    """
    limits = limits or Limits()
    try:
        with ExitStack() as stack:
            file: BinaryIO = (
                io.BytesIO(source)
                if isinstance(source, bytes)
                else stack.enter_context(source.open("rb"))
            )
            least = check_structure(file)
            file.seek(0)
            sound = _decoded(file, limits)
    except OSError as error:
        raise DecodeError("unreadable", str(error.strerror or error)) from error
    sound = checked_sound(sound, limits)
    if sound.frames < least:
        raise DecodeError("corrupt", f"expected at least {least} frames, decoded {sound.frames}")
    if expected_s is not None and sound.duration_s < expected_s - _SIDECAR_TOLERANCE_S:
        raise DecodeError(
            "truncated",
            f"expected {expected_s:.3f} s as the sidecar says, got {sound.duration_s:.3f} s",
        )
    return sound


def _decoded(file: BinaryIO, limits: Limits) -> Sound:
    try:
        opened = soundfile.SoundFile(_native(file), closefd=False)
    except soundfile.LibsndfileError:
        file.seek(0)
        return _decode_ffmpeg(file, limits)
    with opened:
        if opened.format not in _TOLD or opened.subtype in _UNTOLD:
            raise DecodeError(
                "undecodable",
                f"expected a format that tells whether it is whole (wav, flac, mp3, ogg, aiff, "
                f"...), got {opened.format_info}, {opened.subtype_info}: convert it to wav",
            )
        limits.check(_claimed(opened), opened.samplerate, opened.channels)
        try:
            samples = _joined(_blocks(opened), limits, opened.channels)
        except soundfile.LibsndfileError as error:
            raise _broken(file, opened, str(error)) from error
        _check_length(len(samples), _claimed(opened))
        return Sound(samples=samples, sample_rate=opened.samplerate, decoder=SNDFILE)


def _native(file: BinaryIO) -> BinaryIO | int:
    """Return a file descriptor where there is one: reading through it needs no Python calls."""
    if isinstance(file, io.BytesIO):
        return file
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # `seek` may only move within Python's buffer
    return file.fileno()


def _claimed(opened: soundfile.SoundFile) -> int:
    return 0 if opened.frames >= _UNKNOWN_FRAMES else int(opened.frames)


def _blocks(opened: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    while len(block := opened.read(_BLOCK, dtype="float32", always_2d=True)):
        yield block


def _joined(
    blocks: Iterator[NDArray[np.float32]], limits: Limits, channels: int
) -> NDArray[np.float32]:
    """Join blocks of shape (frames, channels); refuse them as soon as they are too many."""
    parts, samples = [], 0
    for block in blocks:
        samples += block.size
        if samples > limits.max_samples:
            raise DecodeError("too_long", f"expected at most {limits.max_samples} samples")
        parts.append(block)
    if not parts:
        return np.zeros((0, channels), np.float32)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _check_length(frames: int, claimed: int, tolerance: int = 0) -> None:
    if frames < claimed - tolerance:
        raise DecodeError(
            "truncated", f"expected {claimed} frames as the header says, decoded {frames}"
        )


def _broken(file: BinaryIO, opened: soundfile.SoundFile, error: str) -> DecodeError:
    """Tell a file that was cut off from one damaged inside, whose last frames still decode."""
    file.seek(0)
    try:
        _check_length(_last_decoded(file), _claimed(opened))
    except DecodeError as refusal:
        return refusal
    return DecodeError("corrupt", error)


def _last_decoded(file: BinaryIO) -> int:
    """Return the frame at which the last packet that still decodes ends."""
    last = 0
    with suppress(av.FFmpegError), av.open(file, "r", metadata_errors="replace") as container:
        stream = container.streams.audio[0]
        for packet in container.demux(stream):
            with suppress(av.FFmpegError):  # a damaged packet: the next may be whole
                for frame in packet.decode():
                    begin = (frame.pts or 0) * (frame.time_base or 0) * frame.sample_rate
                    last = max(last, round(begin) + frame.samples)
    return last


def _decode_ffmpeg(file: BinaryIO, limits: Limits) -> Sound:
    try:
        with av.open(file, "r", metadata_errors="replace") as container:
            if not container.streams.audio:
                raise DecodeError("undecodable", f"no sound in {container.format.name}")
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise DecodeError("undecodable", f"an unknown codec in {container.format.name}")
            rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
            claimed = round(_claimed_s(container, stream) * rate)
            limits.check(claimed, rate, channels)
            blocks = (_planes(frame, rate, channels) for frame in _frames(container, stream))
            samples = _joined(blocks, limits, channels)
    except av.FFmpegError as error:
        raise DecodeError("undecodable", f"{error.strerror} (FFmpeg)") from error
    _check_length(len(samples), claimed, _FFMPEG_TOLERANCE)
    return Sound(samples=samples, sample_rate=rate, decoder=FFMPEG)


def _claimed_s(container: av.container.InputContainer, stream: av.AudioStream) -> float:
    """Return the duration that a file states, in seconds; 0 if it states none.

    Matroska states it for the whole file, so only where sound is all that there is.
    """
    if stream.duration is not None:
        return float(stream.duration * (stream.time_base or 0))
    if "matroska" in container.format.name and len(container.streams) == 1:
        return (container.duration or 0) / av.time_base
    return 0.0


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream
) -> Iterator[av.AudioFrame]:
    """Yield a stream's frames; what breaks behind the first one is damage, not the format."""
    begun = False
    try:
        for frame in container.decode(stream):
            begun = True
            yield frame
    except (av.FFmpegError, IndexError) as error:  # the latter: a stream that PyAV does not list
        reason = "corrupt" if begun else "undecodable"
        raise DecodeError(reason, f"{getattr(error, 'strerror', error)} (FFmpeg)") from error


def _planes(frame: av.AudioFrame, rate: int, channels: int) -> NDArray[np.float32]:
    """Return an FFmpeg frame as float32, shape (frames, channels).

    Raises:
        DecodeError: If the sound changes its rate or channels on the way.
    """
    if (frame.sample_rate, frame.layout.nb_channels) != (rate, channels):
        raise DecodeError(
            "corrupt",
            f"expected {rate} Hz and {channels} channels throughout, got {frame.sample_rate} Hz "
            f"and {frame.layout.nb_channels}",
        )
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(frame.samples, -1).T
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values.T, np.float32)
    offset = 128 if values.dtype == np.uint8 else 0  # 8-bit sound is unsigned
    scale = 2.0 ** (8 * values.dtype.itemsize - 1)
    return np.ascontiguousarray((values.T.astype(np.float64) - offset) / scale, np.float32)
