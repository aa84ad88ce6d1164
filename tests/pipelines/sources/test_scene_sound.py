from dataclasses import replace

import numpy as np
import pytest

from pipelines.sources.scene_layout import SceneEvent
from pipelines.sources.scene_sound import render

BELL = SceneEvent(
    kind="bell", relation="start", start_s=2.0, end_s=4.4, count=3, pitch="high",
    frequency=1_500.0, loudness="moderate", distance="middle",
)  # fmt: skip


def level_db(event, start=0.0, end=10.0):
    samples = render((event,), 0, 0).samples[round(start * 48_000) : round(end * 48_000), 0]
    return 10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12)


def test_strikes_can_be_counted_in_the_sound():
    samples = np.abs(render((BELL,), 0, 0).samples[:, 0])
    energy = np.square(samples[: 480_000 // 480 * 480].reshape(-1, 480)).mean(1)
    onsets = np.flatnonzero(energy[1:] > 3 * energy[:-1] + 1e-5) / 100
    assert np.allclose(onsets, [1.99, 2.74, 3.49], atol=0.02)


def test_loud_is_12_db_over_soft():
    gap = level_db(replace(BELL, loudness="loud")) - level_db(replace(BELL, loudness="soft"))
    assert gap == pytest.approx(12, abs=0.1)


def test_far_is_quieter_darker_and_reverberates():
    near, far = replace(BELL, distance="near"), replace(BELL, distance="far")
    assert level_db(near) - level_db(far) > 8
    assert level_db(near, 4.5, 5) < -100
    assert level_db(far, 4.5, 5) > -80
    hiss = replace(BELL, kind="rain", count=None, end_s=6.0, pitch=None)
    shares = []
    for distance in ("near", "far"):
        spectrum = np.abs(
            np.fft.rfft(render((replace(hiss, distance=distance),), 0, 0).samples[:, 0])
        )
        shares.append(np.square(spectrum[80_000:]).sum() / np.square(spectrum).sum())
    assert shares[1] < 0.5 * shares[0]


def test_reverberation_past_the_end_of_the_scene_is_cut():
    late = replace(BELL, start_s=9.1, end_s=10.0, count=1, distance="far")
    assert render((late,), 0, 0).frames == 480_000


def test_loud_events_together_do_not_clip():
    siren = replace(BELL, kind="siren", count=None, end_s=6.0, distance="near", frequency=700.0)
    events = (siren, replace(siren, kind="engine", frequency=40.0), replace(siren, kind="tone"))
    assert np.abs(render(events, 0, 0).samples).max() <= 0.981
