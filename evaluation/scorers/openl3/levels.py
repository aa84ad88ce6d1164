"""OpenL3's input: levels in dB of 256 mel bands, below the loudest of each window.

The clip at 80 dB below the loudest is one at 1e-8 of its magnitude, where single precision rounds:
in bands without sound OpenL3 hears the rounding errors of TensorFlow's transform. So it is the same
transform here (SciPy's is by the same hand, and equal bit by bit), of the same rounded window.

Shape suffixes: N = windows, S = samples, F = frequency bins, M = mel bands, T = frames.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft
from torch import Tensor
from transformers.audio_utils import mel_filter_bank

from evaluation.scorers.openl3.resampling import SAMPLE_RATE
from evaluation.scorers.openl3.windows import WINDOW

MELS = 256
FRAMES = 199
N_FFT = 2048
HOP_LENGTH = 242
_FLOOR = 1e-10
_RANGE_DB = 80.0

_TWO_OVER_PI = 0.636619746685028076171875
_HALF_PI = (-1.5703125, -4.83989715576171875e-4, 1.62865035235881806e-7, 5.56443155441677106e-11)
"""Its negative, in parts of few digits, so that multiples of them are exact."""
_COSINE = (2.43722665e-5, -1.388652017e-3, 4.1666619480e-2, -0.5, 1.0)
_SINE = (-1.95923411e-4, 8.332687366e-3, -0.166666620398)
"""Coefficients of cos x in x^2, and of sin x / x - 1, highest power first."""


def hann_window() -> NDArray[np.float32]:
    """Return the periodic Hann window as TensorFlow rounds it, shape (2048,).

    Source: tensorflow@2.20: tensorflow/python/ops/signal/window_ops.py; the cosine is of Eigen's
    GenericPacketMathFunctions.h, without fused multiplications.
    """
    single = np.float32
    angle = single(2 * np.pi) * np.arange(N_FFT, dtype=single) / single(N_FFT)
    quarters = np.rint(angle * single(_TWO_OVER_PI))
    for part in _HALF_PI:
        angle = angle + quarters * single(part)
    square = angle * angle
    cosine = _polynomial(_COSINE, square)
    sine = _polynomial(_SINE, square) * square * angle + angle
    found = np.where(quarters % 2 == 0, cosine, sine)
    sign = np.where((quarters + 1) // 2 % 2 == 0, single(1), single(-1))
    return single(0.5) - single(0.5) * (sign * found)


def _polynomial(
    coefficients: tuple[float, ...], variable: NDArray[np.float32]
) -> NDArray[np.float32]:
    value = np.full_like(variable, coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * variable + np.float32(coefficient)
    return value


def mel_filters() -> NDArray[np.float32]:
    """Return triangular filters from 0 to 24 kHz of equal area, on Slaney's scale, shape (M, F)."""
    filters_FM = mel_filter_bank(
        num_frequency_bins=N_FFT // 2 + 1,
        num_mel_filters=MELS,
        min_frequency=0.0,
        max_frequency=SAMPLE_RATE / 2,
        sampling_rate=SAMPLE_RATE,
        norm="slaney",
        mel_scale="slaney",
    )
    return np.ascontiguousarray(filters_FM.T, np.float32)


def spectra(samples_NS: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Return spectra of frames of 2048 samples, the first from the first sample on.

    Args:
        samples_NS: Windows at 48 kHz, shape (windows, 48000).
        window: From `hann_window`.

    Returns:
        Shape (windows, 199, 1025); zeros follow the last sample.
    """
    end = (FRAMES - 1) * HOP_LENGTH + N_FFT
    padded_NS = np.pad(samples_NS, ((0, 0), (0, end - WINDOW)))
    frames = sliding_window_view(padded_NS, N_FFT, axis=1)[:, ::HOP_LENGTH]
    return rfft(frames * window, overwrite_x=True)  # type: ignore[no-any-return]


def levels(spectra_NTF: Tensor, filters_MF: Tensor) -> Tensor:
    """Return the network's input.

    A window of zeros is as loud everywhere as its loudest band: 0 dB.

    Args:
        spectra_NTF: From `spectra`.
        filters_MF: From `mel_filters`.

    Returns:
        Levels from -80 to 0 dB, shape (windows, 256, 199).

    Source: marl/openl3@0.4.2: openl3/models.py, over kapre 0.4.1.
    """
    mels_NMT = filters_MF @ spectra_NTF.abs().mT
    levels_NMT = 10 * mels_NMT.clamp(min=_FLOOR).log10()
    loudest_N11 = levels_NMT.amax(dim=(1, 2), keepdim=True)
    return (levels_NMT - loudest_N11).clamp(min=-_RANGE_DB)
