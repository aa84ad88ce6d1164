"""The sounds whose embeddings are golden, made from seeds with NumPy alone."""

import numpy as np
from numpy.typing import NDArray

LONG_RATE = 44_100
LONG_SAMPLES = 60 * LONG_RATE
RESAMPLED_RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_056, 44_100, 88_200, 192_000)
RESAMPLED_SAMPLES = 400


def clips() -> dict[str, tuple[int, NDArray[np.float32]]]:
    """Return each clip's rate in Hz and samples, shape (channels, samples), by its name."""
    made = {
        "noise": (48_000, noise(96_000)),
        "noise-16k": (16_000, noise(19_200)),
        "below-the-floor": (48_000, 1e-9 * noise(24_000)),
        "tone": (44_100, 0.5 * np.sin(2 * np.pi * 997 * seconds(44_100, 1.3))),
        "chirps": (22_050, np.stack([chirps(22_050, 2.0, up=True), chirps(22_050, 2.0, up=False)])),
        "chirps-44k": (44_100, chirps(44_100, 1.4, up=True)),
        "silence-then-burst": (44_100, burst(44_100, 1.4)),
        "silence": (44_100, np.zeros(48_510)),
        "ten-milliseconds": (44_100, noise(441)),
        "one-sample": (48_000, np.ones(1)),
    }
    return {n: (rate, np.atleast_2d(x).astype(np.float32)) for n, (rate, x) in made.items()}


def noise(samples: int, seed: int = 7) -> NDArray[np.float64]:
    """Return uniform noise within -0.5 and 0.5, by a stream that NumPy has frozen."""
    return np.random.RandomState(seed).random_sample(samples) - 0.5


def seconds(rate: int, duration_s: float) -> NDArray[np.float64]:
    """Return the time of each sample."""
    return np.arange(round(rate * duration_s)) / rate


def chirps(rate: int, duration_s: float, *, up: bool) -> NDArray[np.float64]:
    """Return something like music: notes of six gliding partials over a beat of noise."""
    t = seconds(rate, duration_s)
    phase = 2 * np.pi * (220 * t + (60 if up else -30) * t**2)

    def fading(period: float) -> NDArray[np.float64]:
        return np.exp(-6 * (t % period))

    notes = sum(np.sin(partial * phase) / partial for partial in range(1, 7)) * fading(0.4)
    return 0.2 * notes + 0.1 * noise(len(t), seed=11) * fading(0.25) ** 3


def burst(rate: int, duration_s: float) -> NDArray[np.float64]:
    """Return a second of exact zeros, then fading noise."""
    t = seconds(rate, duration_s) - 1
    return np.where(t < 0, 0, noise(len(t)) * np.exp(-10 * np.maximum(t, 0)))
