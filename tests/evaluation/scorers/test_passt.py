from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.scorers.passt import Passt, windows
from evaluation.scorers.passt_network import PasstNetwork
from evaluation.scorers.preparation import Prepared
from evaluation.scorers.strict_weights import load_strictly
from evaluation.sound import UnusableSoundError
from evaluation.weights.adding import add
from evaluation.weights.store import WeightsFile, weights_file
from tests.evaluation.scorers.side_effects import side_effects
from tests.golden.tagger_checkpoints import fill, package_logits, package_passt, write_passt

RATE = 32_000
SECOND = 1.0 * RATE


def noise(seconds):
    length = round(seconds * RATE)
    stream = np.random.default_rng(length)
    samples = stream.normal(0, 0.1, (1, length)) * np.linspace(1, 0.1, length)
    return Prepared(samples=samples.astype("f4"), sample_rate=RATE)


@pytest.fixture(scope="module")
def package():
    """The package's own model with random weights."""
    model = package_passt()
    fill(model.net, seed=1)
    return model


@pytest.fixture(scope="module")
def file(package, tmp_path_factory):
    """Its weights as a user has them: an official file in the store."""
    folder = tmp_path_factory.mktemp("passt")
    write_passt(folder / "downloaded.pt", package.net)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UALM_WEIGHTS", str(folder / "store"))
        add("passt-s-ap476", folder / "downloaded.pt", lambda *_: None, link=True, accept=True)
        (folder / "downloaded.pt").unlink()
        found = weights_file("passt-s-ap476")
    yield found
    found.path.unlink()


@pytest.fixture(scope="module")
def shallow_package():
    """The first of the package's twelve blocks, for what does not depend on the others."""
    model = package_passt(depth=1)
    fill(model.net, seed=2)
    return model


@pytest.fixture(scope="module")
def shallow(shallow_package, tmp_path_factory):
    network = PasstNetwork(depth=1)
    path = tmp_path_factory.mktemp("shallow") / "shallow.pt"
    load_strictly(network.transformer, shallow_package.net.state_dict(), path, "one block")
    digest = "5a" * 32
    return Passt(file=WeightsFile(name="shallow", path=path, digest=digest), network=network)


@pytest.mark.slow
def test_the_official_checkpoint_gives_the_packages_own_logits(package, file):
    passt = Passt.load(file)
    for clip in (noise(10), noise(1.4)):
        expected = package_logits(package, clip.samples)[0]
        (found,) = passt.read([clip])
        np.testing.assert_allclose(found["logits"], expected, atol=1e-5)
        assert found["logits"].dtype == np.float32
        assert np.ptp(expected) > 5
    assert passt.scorer == f"passt-s-f128-p16-s10-ap476-swa@{file.digest[:12]}"


@pytest.mark.slow
def test_it_speaks_to_nobody_and_leaves_the_process_as_it_was(file, tmp_path):
    code = f"""
    from pathlib import Path
    from evaluation.scorers.passt import Passt
    from evaluation.scorers.preparation import Prepared
    from evaluation.weights.store import WeightsFile
    file = WeightsFile(name="passt-s-ap476", path=Path({str(file.path)!r}), digest="5a" * 32)
    samples = np.random.RandomState(0).uniform(-1, 1, (1, 32_000)).astype("f4")
    (found,) = Passt.load(file).read([Prepared(samples=samples, sample_rate=32_000)])
    assert found["logits"].shape == (527,)
    """
    found = side_effects(code, tmp_path)
    assert found["printed"] == ""
    assert found["happened"] == []
    assert found["state_kept"]
    assert not {"hear21passt", "timm", "matplotlib"} & set(found["loaded"])


@pytest.mark.parametrize(
    ("seconds", "starts", "lengths"),
    [
        (0.2, [0], [0.2]),
        (1.5, [0], [1.5]),
        (1.6, [0], [10]),
        (10.0, [0], [10]),
        (10.01, [0, 5], [10, 10]),
        (15.0, [0, 5], [10, 10]),
        (15.5, [0, 5, 10], [10, 10, 10]),
        (35.0, [0, 5, 10, 15, 20, 25], [10] * 6),
    ],
)
def test_windows_of_ten_seconds_begin_every_five(seconds, starts, lengths):
    samples = np.arange(1, round(seconds * RATE) + 1, dtype=np.float32)
    cut = windows(samples)
    assert [len(window) / RATE for window in cut] == lengths
    assert [(window[0] - 1) / RATE for window in cut] == starts
    for window in cut:
        heard = window[window > 0]
        rest = samples[int(window[0]) - 1 :][: 10 * RATE]
        np.testing.assert_array_equal(heard, rest)
        assert not window[len(heard) :].any()


def test_a_clip_has_the_mean_of_the_packages_logits_of_its_windows(shallow, shallow_package):
    clips = [noise(seconds) for seconds in (10.01, 1.4, 0.16, 1.6)]
    for clip, found in zip(clips, replace(shallow, batch=2).read(clips), strict=True):
        heard = [clip.samples[:, first : first + 10 * RATE] for first in (0, 5 * RATE)]
        if clip.duration_s < 10:
            heard = heard[:1]
        if clip.duration_s > 1.5:
            heard = [np.pad(one, ((0, 0), (0, 10 * RATE - one.shape[1]))) for one in heard]
        expected = np.mean([package_logits(shallow_package, one)[0] for one in heard], axis=0)
        np.testing.assert_allclose(found["logits"], expected, atol=1e-5)


def test_neither_the_batch_nor_the_others_in_it_change_a_clip(shallow):
    clips = [noise(seconds) for seconds in (1.1, 12, 0.5, 1.1, 3)]
    together = shallow.read(clips)
    alone = [found for clip in clips[::-1] for found in replace(shallow, batch=1).read([clip])]
    for one, other in zip(together, alone[::-1], strict=True):
        np.testing.assert_allclose(one["logits"], other["logits"], atol=1e-6)
    assert shallow.read([]) == []


def test_silence_has_logits(shallow):
    silence = Prepared(samples=np.zeros((1, RATE), np.float32), sample_rate=RATE)
    assert np.isfinite(shallow.read([silence])[0]["logits"]).all()


@pytest.mark.parametrize(
    ("shape", "rate", "message"),
    [
        ((2, RATE), RATE, "expected a mono clip at 32000 Hz, got 2 channels at 32000 Hz"),
        ((1, RATE), 44_100, "expected a mono clip at 32000 Hz, got 1 channels at 44100 Hz"),
    ],
)
def test_another_channel_or_rate_is_refused(shallow, shape, rate, message):
    with pytest.raises(ValueError, match=message):
        shallow.read([Prepared(samples=np.zeros(shape, np.float32), sample_rate=rate)])


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(RATE // 10), "short"),
        (np.zeros(0), "short"),
        (np.full(RATE, np.nan), "not_finite"),
        (np.append(np.zeros(RATE), np.inf), "not_finite"),
        (np.full(RATE, 1e30), "unscorable"),
    ],
)
def test_what_has_no_logits_is_a_named_refusal(shallow, samples, reason):
    clip = Prepared(samples=samples[None].astype("f4"), sample_rate=RATE)
    with pytest.raises(UnusableSoundError, match=reason) as caught:
        shallow.read([noise(1), clip])
    assert caught.value.reason == reason


def test_the_shortest_clip_that_is_heard_has_4801_samples(shallow):
    clip = noise(4801 / RATE)
    assert shallow.read([clip])[0]["logits"].shape == (527,)
    with pytest.raises(UnusableSoundError, match=r"at least 4801 samples .*, got 4800"):
        shallow.read([Prepared(samples=clip.samples[:, 1:], sample_rate=RATE)])


def altered(weights, change):
    weights = dict(weights)
    change(weights)
    return weights


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("norm.bias"), r"got others: 1 missing \(norm.bias\)$"),
        (lambda weights: weights.update(mask=torch.ones(1)), r"got others: 1 unknown \(mask\)$"),
        (
            lambda weights: weights.update({"head.1.bias": torch.ones(50)}),
            r"1 of another shape \(head.1.bias is \(50,\), not \(527,\)\)$",
        ),
        (lambda weights: weights.update({"norm.bias": 3}), r"norm.bias is int, not \(768,\)"),
    ],
)
def test_a_wrong_weight_is_named(shallow_package, tmp_path, change, message):
    weights = altered(shallow_package.net.state_dict(), change)
    with pytest.raises(ValueError, match=message):
        load_strictly(PasstNetwork(depth=1).transformer, weights, tmp_path / "x.pt", "one block")


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ({"model": {"fc1.weight": torch.ones(2)}}, r"159 missing .*; 1 unknown \(model\)"),
        ([torch.ones(2)], "a list where tensors by their names were expected"),
    ],
)
def test_another_architecture_is_one_clear_error(tmp_path, checkpoint, message):
    path = tmp_path / "other.pt"
    torch.save(checkpoint, path)
    with pytest.raises(ValueError, match=message) as caught:
        Passt.load(WeightsFile(name="passt-s-ap476", path=path, digest="5a" * 32))
    assert "expected the weights of PaSST-S" in str(caught.value)
    assert "\n" not in str(caught.value)
