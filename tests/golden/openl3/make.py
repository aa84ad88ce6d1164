"""Make expected.npz with the real openl3 and resampy, in an environment of their own: see README.

python -W ignore -m tests.golden.openl3.make
"""

import tempfile
from pathlib import Path

import numpy as np

from tests.golden.openl3.clips import (
    LONG_RATE,
    LONG_SAMPLES,
    RESAMPLED_RATES,
    RESAMPLED_SAMPLES,
    clips,
    noise,
)
from tests.golden.openl3.official import save

EXPECTED = Path(__file__).with_name("expected.npz")
SEED = 4
TAIL = 100


def main() -> None:
    """Write the embeddings of every channel of every clip, and some resampled noise."""
    with tempfile.TemporaryDirectory() as folder:
        weights = save(Path(folder) / "openl3_audio_mel256_env.h5", SEED)
        np.savez_compressed(EXPECTED, **embeddings(weights), **resampled())
    print(f"{EXPECTED}: {EXPECTED.stat().st_size:,} bytes")  # noqa: T201 (a command)


def embeddings(weights: Path) -> dict[str, np.ndarray]:
    """Return `<size>/<hop>/<clip>/<channel>`: embeddings, shape (windows, size)."""
    import openl3

    found = {}
    for size, hop_s, names in (
        (512, 0.5, list(clips())),
        (6144, 0.5, ["tone"]),
        (512, 0.3, ["chirps"]),
    ):
        model = openl3.models.load_audio_embedding_model_from_path(str(weights), "mel256", size)
        for name in names:
            rate, samples = clips()[name]
            for number, channel in enumerate(samples):
                found[f"{size}/{hop_s}/{name}/{number}"] = openl3.get_audio_embedding(
                    channel, rate, model=model, hop_size=hop_s, verbose=False
                )[0]
    return found


def resampled() -> dict[str, np.ndarray]:
    """Return `resampled/<rate>`: noise at 48 kHz, and `resampled/tail`: the end of a long one."""
    import resampy

    found = {
        f"resampled/{rate}": resampy.resample(noise(RESAMPLED_SAMPLES), rate, 48_000)
        for rate in RESAMPLED_RATES
    }
    return found | {
        "resampled/tail": resampy.resample(noise(LONG_SAMPLES), LONG_RATE, 48_000)[-TAIL:]
    }


if __name__ == "__main__":
    main()
