"""Sounds through a lossy codec and back."""

import io

import av
import numpy as np
import soxr

CODECS = {"mp3": ("libmp3lame", "fltp"), "ogg": ("libopus", "flt")}
"""Container to FFmpeg's encoder and its sample format."""


def recoded(waveform, container, kbits, rate=48_000):
    """Encode a 16 kHz mono waveform at a bit rate and decode it again; it may become longer."""
    codec, layout = CODECS[container]
    upsampled = soxr.resample(waveform, 16_000, rate).astype(np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = kbits * 1000
        frame = av.AudioFrame.from_ndarray(upsampled[None], layout, "mono")
        frame.sample_rate = rate
        target.mux([*stream.encode(frame), *stream.encode(None)])
    with av.open(io.BytesIO(file.getvalue())) as source:
        resampler = av.AudioResampler("flt", "mono", 16_000)
        frames = [one for frame in source.decode(audio=0) for one in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])
