import numpy as np
import pytest

from tests.training.codecs.tiny_x_codec import save_tiny_x_codec
from training.codecs.mel_rvq import MelRvq, MelRvqSettings

SMALL = MelRvqSettings(codebooks=3, codebook_size=16, max_frames=600, iterations=8)


def sound(seed, seconds=2.0):
    """Three seeded tones, each with its own attack and decay, over faint noise."""
    generator = np.random.default_rng(seed)
    time_T = np.arange(int(seconds * 16_000)) / 16_000
    noise_T = generator.normal(0, 0.002, time_T.size)
    for hertz, start in generator.uniform((200, 0), (4000, 1), (3, 2)):
        age_T = (time_T - start * seconds).clip(min=0)
        noise_T = noise_T + 0.2 * np.sin(2 * np.pi * hertz * age_T) * np.exp(-3 * age_T)
    return noise_T.astype(np.float32)


@pytest.fixture(scope="session")
def sounds():
    return [sound(seed) for seed in range(8)]


@pytest.fixture(scope="session")
def small_codec(sounds):
    return MelRvq.fit(sounds, SMALL)[0]


@pytest.fixture(scope="session")
def x_codec_folder(tmp_path_factory):
    return save_tiny_x_codec(tmp_path_factory.mktemp("x-codec"), seed=0)
