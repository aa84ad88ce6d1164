from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.scorers.cnn14 import Cnn14
from evaluation.scorers.cnn14_network import Cnn14Network
from evaluation.scorers.preparation import Prepared
from evaluation.scorers.strict_weights import load_strictly
from evaluation.sound import UnusableSoundError
from evaluation.weights.adding import add
from evaluation.weights.store import WeightsFile, weights_file
from tests.evaluation.scorers.side_effects import side_effects
from tests.golden.tagger_checkpoints import (
    fill,
    package_cnn14,
    package_embedding_and_logits,
    write_cnn14,
)

NAMES = {32_000: "cnn14-32k", 16_000: "cnn14-16k"}
pytestmark = pytest.mark.slow


def noise(seconds, rate):
    length = round(seconds * rate)
    stream = np.random.default_rng(length)
    samples = stream.normal(0, 0.1, (1, length)) * np.linspace(1, 0.1, length)
    return Prepared(samples=samples.astype("f4"), sample_rate=rate)


@pytest.fixture(scope="module")
def packages():
    """The package's own networks of both rates; all but their spectrograms are the same weights."""
    high, low = package_cnn14(32_000), package_cnn14(16_000)
    fill(high, seed=1)
    own = {name: low.state_dict()[name] for name in low.state_dict() if "extractor" in name}
    low.load_state_dict(dict(high.state_dict()) | own, assign=True)
    return {32_000: high, 16_000: low}


@pytest.fixture(scope="module")
def files(packages, tmp_path_factory):
    """Their weights as a user has them: official files in the store."""
    folder = tmp_path_factory.mktemp("cnn14")
    given = folder / "downloaded.pth"
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UALM_WEIGHTS", str(folder / "store"))
        for rate, name in NAMES.items():
            write_cnn14(given, packages[rate])
            add(name, given, lambda *_: None, link=True, accept=True)
            given.unlink()
            found[rate] = weights_file(name)
    yield found
    for file in found.values():
        file.path.unlink()


@pytest.fixture(scope="module")
def scorers(files):
    return {rate: Cnn14.load(file, sample_rate=rate) for rate, file in files.items()}


@pytest.mark.parametrize(
    ("rate", "seconds"), [(32_000, 1.4), (32_000, 10.01), (16_000, 1.6), (16_000, 10.0)]
)
def test_embedding_and_logits_are_the_packages_own(packages, scorers, rate, seconds):
    clip = noise(seconds, rate)
    embedding, logits = package_embedding_and_logits(packages[rate], clip.samples)
    (found,) = scorers[rate].read([clip])
    largest = np.abs(logits).max()
    np.testing.assert_allclose(found["logits"], logits[0], atol=1e-6 * largest)
    np.testing.assert_allclose(found["embedding"], embedding, atol=1e-6 * embedding.max())
    assert (logits < 0).any(), "they are read before the sigmoid"
    assert largest > 10
    assert found["embedding"].shape == (1, 2048)


def test_a_clip_of_35_seconds_in_parts_is_the_packages_own_in_one(packages, scorers):
    clip = noise(35, 16_000)
    _, logits = package_embedding_and_logits(packages[16_000], clip.samples)
    scorer = scorers[16_000]
    assert scorer.network.part < 3501
    (found,) = scorer.read([clip])
    np.testing.assert_allclose(found["logits"], logits[0], atol=1e-6 * np.abs(logits).max())


@pytest.mark.parametrize("frames", [32, 63, 64, 200, 288, 319])
def test_parts_of_any_length_of_clip_are_convolved_as_the_whole(scorers, frames):
    network = scorers[32_000].network
    mel = torch.from_numpy(np.random.default_rng(frames).normal(0, 1, (1, 1, frames, 64)))
    mel = mel.float()
    whole, part = network.part, 96
    with torch.inference_mode():
        expected = network._convolved(mel)
        network.part = part
        try:
            found = network._in_parts(mel)
        finally:
            network.part = whole
    assert found.shape == expected.shape == (1, 2048, frames // 32)
    np.testing.assert_allclose(found, expected, atol=2e-6 * expected.max())


def test_neither_the_batch_nor_the_others_in_it_change_a_clip(scorers):
    scorer = scorers[32_000]
    clips = [noise(seconds, 32_000) for seconds in (1.1, 2, 0.5, 1.1, 1.1)]
    together = replace(scorer, batch=2).read(clips)
    for clip, found in zip(clips, together, strict=True):
        (alone,) = scorer.read([clip])
        for name in ("logits", "embedding"):
            largest = np.abs(alone[name]).max()
            np.testing.assert_allclose(found[name], alone[name], atol=1e-6 * largest)
    assert scorer.read([]) == []


def test_it_speaks_to_nobody_and_leaves_the_process_as_it_was(files, tmp_path):
    code = f"""
    from pathlib import Path
    from evaluation.scorers.cnn14 import Cnn14
    from evaluation.scorers.preparation import Prepared
    from evaluation.weights.store import WeightsFile
    file = WeightsFile(name="cnn14-16k", path=Path({str(files[16_000].path)!r}), digest="5a" * 32)
    samples = np.random.RandomState(0).uniform(-1, 1, (1, 32_000)).astype("f4")
    cnn14 = Cnn14.load(file, sample_rate=16_000)
    (found,) = cnn14.read([Prepared(samples=samples, sample_rate=16_000)])
    assert found["logits"].shape == (527,)
    """
    found = side_effects(code, tmp_path)
    assert found["printed"] == ""
    assert found["happened"] == []
    assert found["state_kept"]
    assert not {"panns_inference", "matplotlib", "numba"} & set(found["loaded"])
    assert not (tmp_path / "panns_data").exists()


def test_the_scorer_is_named_by_its_rate_and_its_weights(scorers):
    digest = scorers[16_000].weights_digest
    assert scorers[16_000].scorer == f"cnn14-16k@{digest[:12]}"


def test_silence_has_logits(scorers):
    silence = Prepared(samples=np.zeros((1, 32_000), np.float32), sample_rate=16_000)
    assert np.isfinite(scorers[16_000].read([silence])[0]["logits"]).all()


@pytest.mark.parametrize(
    ("shape", "rate", "message"),
    [
        ((2, 32_000), 16_000, "expected a mono clip at 16000 Hz, got 2 channels at 16000 Hz"),
        ((1, 32_000), 32_000, "expected a mono clip at 16000 Hz, got 1 channels at 32000 Hz"),
    ],
)
def test_another_channel_or_rate_is_refused(scorers, shape, rate, message):
    with pytest.raises(ValueError, match=message):
        scorers[16_000].read([Prepared(samples=np.zeros(shape, np.float32), sample_rate=rate)])


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(1_600), "short"),
        (np.full(32_000, np.nan), "not_finite"),
        (np.full(32_000, 1e30), "unscorable"),
    ],
)
def test_what_has_no_logits_is_a_named_refusal(scorers, samples, reason):
    clip = Prepared(samples=samples[None].astype("f4"), sample_rate=16_000)
    with pytest.raises(UnusableSoundError, match=reason) as caught:
        scorers[16_000].read([noise(1, 16_000), clip])
    assert caught.value.reason == reason


@pytest.mark.parametrize(("rate", "least"), [(32_000, 9_920), (16_000, 4_960)])
def test_the_shortest_clip_that_is_heard_has_32_frames(scorers, rate, least):
    clip = noise(least / rate, rate)
    assert scorers[rate].read([clip])[0]["logits"].shape == (527,)
    with pytest.raises(UnusableSoundError, match=f"at least {least} samples .*, got {least - 1}"):
        scorers[rate].read([Prepared(samples=clip.samples[:, 1:], sample_rate=rate)])


@pytest.mark.parametrize("rate", NAMES)
def test_the_checkpoint_of_the_other_rate_is_refused(files, rate):
    (other,) = set(NAMES) - {rate}
    message = f"expected the weights of Cnn14 at {rate} Hz.* 3 of another shape .*conv_real"
    with pytest.raises(ValueError, match=message):
        Cnn14.load(files[other], sample_rate=rate)


def test_there_is_no_cnn14_at_48_khz(files):
    with pytest.raises(ValueError, match="expected a Cnn14 of 32000 or 16000 Hz, got 48000 Hz"):
        Cnn14.load(files[32_000], sample_rate=48_000)


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ({"model": {"cls_token": torch.ones(2)}}, r"got others: 84 missing .*; 1 unknown \(cls"),
        ({"cls_token": torch.ones(2)}, r"got others: 84 missing .*; 1 unknown \(cls_token\)"),
        ([torch.ones(2)], "a list where tensors by their names were expected"),
    ],
)
def test_another_architecture_is_one_clear_error(tmp_path, checkpoint, message):
    path = tmp_path / "other.pth"
    torch.save(checkpoint, path)
    with pytest.raises(ValueError, match=message) as caught:
        Cnn14.load(WeightsFile(name="cnn14-32k", path=path, digest="5a" * 32), sample_rate=32_000)
    assert "\n" not in str(caught.value)


def test_a_wrong_weight_is_named(packages, tmp_path):
    weights = dict(packages[32_000].state_dict())
    del weights["fc1.bias"]
    with pytest.raises(ValueError, match=r"got others: 1 missing \(fc1.bias\)$"):
        load_strictly(Cnn14Network(32_000).net, weights, tmp_path / "x.pth", "Cnn14")
