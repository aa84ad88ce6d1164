"""Statistics of real sound: published files read and checked, one's own written and read back."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.audio.hearing import hearing_digest
from evaluation.audio.reference_statistics import (
    read_frechet_reference,
    read_posterior_reference,
    write_frechet_reference,
    write_posterior_reference,
)
from evaluation.metrics.moments import Moments
from evaluation.protocols import protocol_named
from schemas.ids import file_digest

FD = protocol_named("stable-audio-metrics").metrics["fd"]
KL = protocol_named("stable-audio-metrics").metrics["kl_gen_ref"]
PUBLISHED = (
    "stable-audio__audiocaps-test__channels2__44100__openl3env__openl3hopsize0.5__batch4.npz"
)
PROBABILITIES = "stable-audio__audiocaps-test__collectmean__reference_probabilities.pkl"
WEIGHTS = "a1" * 32


def gaussian(dimensions=1024, seed=0):
    generator = np.random.default_rng(seed)
    mean = generator.normal(size=dimensions)
    factor = generator.normal(size=(dimensions, 64))
    return mean, factor @ factor.T + np.eye(dimensions)


def published(tmp_path, name=PUBLISHED, **changed):
    mean, covariance = gaussian()
    path = tmp_path / name
    np.savez(path, **({"mu_ref": mean, "sigma_ref": covariance} | changed))
    return path


def posteriors(count=3):
    generator = np.random.default_rng(1)
    return {str(i): generator.dirichlet(np.full(527, 0.01)) for i in range(count)}


def test_a_published_file_gives_its_mean_and_covariance_and_says_what_it_hides(tmp_path):
    path = published(tmp_path)

    found = read_frechet_reference(path, FD)

    np.testing.assert_array_equal(found.gaussian.mean, gaussian()[0])
    np.testing.assert_allclose(found.gaussian.covariance, gaussian()[1], rtol=1e-15)
    assert (found.gaussian.windows, found.origin.clips) == (None, None)
    assert found.origin.digest == file_digest(path)
    assert "does not say how many windows" in found.origin.notes[0]
    assert len(found.origin.notes) == 1


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (PUBLISHED.replace("env", "music"), "content type music, expected env"),
        (PUBLISHED.replace("44100", "48000"), "rate 48000, expected 44100"),
        (PUBLISHED.replace("size0.5", "size0.1"), r"hop 0\.1, expected 0\.5"),
        (PUBLISHED.replace("channels2", "channels1"), "channels 1, expected 2"),
    ],
)
def test_a_file_whose_name_tells_of_another_protocol_is_refused(tmp_path, name, problem):
    with pytest.raises(ValueError, match=problem):
        read_frechet_reference(published(tmp_path, name), FD)


def test_a_file_with_fewer_dimensions_than_its_name_promises_is_refused(tmp_path):
    mean, covariance = gaussian(512)
    path = published(tmp_path, mu_ref=mean, sigma_ref=covariance)

    with pytest.raises(ValueError, match="dimensions 512, expected 1024"):
        read_frechet_reference(path, FD)


def test_a_file_of_another_name_is_read_with_a_warning(tmp_path):
    notes = read_frechet_reference(published(tmp_path, "mine.npz"), FD).origin.notes

    assert "the name mine.npz does not say how its sound was heard" in notes[1]


def test_equal_halves_of_a_stereo_mean_tell_that_the_sound_was_mono(tmp_path):
    mean, _ = gaussian(512)
    path = published(tmp_path, mu_ref=np.concatenate([mean, mean]))

    assert "left and right are equal" in read_frechet_reference(path, FD).origin.notes[1]


MEAN, COVARIANCE = gaussian(8)
LOPSIDED = COVARIANCE + np.triu(np.ones((8, 8)), 1)
DEAD = COVARIANCE * np.outer(np.arange(8) > 0, np.arange(8) > 0)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sigma_ref": COVARIANCE[:4]}, r"expected a covariance of shape \(8, 8\), got \(4, 8\)"),
        ({"mu_ref": MEAN[None]}, "mean: expected"),
        ({"mu_ref": np.zeros(0), "sigma_ref": np.zeros((0, 0))}, "mean: expected"),
        ({"mu_ref": MEAN * np.nan}, "NaN"),
        ({"sigma_ref": LOPSIDED}, "expected a symmetric covariance"),
        ({"sigma_ref": DEAD}, "a variance that is not positive"),
        ({"mu_ref": MEAN.astype("U8")}, "numbers of the types <U8"),
    ],
)
def test_arrays_that_are_no_mean_and_covariance_are_refused(tmp_path, changed, problem):
    path = published(tmp_path, **({"mu_ref": MEAN, "sigma_ref": COVARIANCE} | changed))

    with pytest.raises(ValueError, match=problem):
        read_frechet_reference(path, FD)


def test_an_array_of_objects_is_refused_without_being_unpickled(tmp_path):
    path = tmp_path / PUBLISHED
    np.savez(path, mu_ref=np.array([print], dtype=object), sigma_ref=COVARIANCE)

    with pytest.raises(ValueError, match="allow_pickle"):
        read_frechet_reference(path, FD)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"mu_ref,sigma_ref\n"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / PUBLISHED
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"expected an \.npz of mu_ref, sigma_ref"):
        read_frechet_reference(path, FD)


def test_a_missing_file_and_a_missing_array_are_named(tmp_path):
    with pytest.raises(ValueError, match="no statistics of real sound at"):
        read_frechet_reference(tmp_path / PUBLISHED, FD)
    path = tmp_path / PUBLISHED
    np.savez(path, mu_ref=MEAN)
    with pytest.raises(ValueError, match="sigma_ref missing, got mu_ref"):
        read_frechet_reference(path, FD)


def test_ones_own_statistics_come_back_with_their_sample_and_without_a_warning(tmp_path):
    windows = np.random.default_rng(2).normal(size=(50, 8))
    moments, path = Moments.of(windows), tmp_path / "mine.npz"

    write_frechet_reference(path, moments, clips=5, protocol=FD, weights_digest=WEIGHTS)
    found = read_frechet_reference(path, FD, weights_digest=WEIGHTS)

    np.testing.assert_array_equal(found.gaussian.mean, moments.mean)
    np.testing.assert_allclose(found.gaussian.covariance, np.cov(windows.T), rtol=1e-12)
    assert (found.gaussian.windows, found.origin.clips, found.origin.notes) == (50, 5, ())


def test_ones_own_statistics_have_the_arrays_that_the_reference_evaluator_looks_for(tmp_path):
    path = tmp_path / "mine.npz"
    moments = Moments.of(np.eye(3))
    write_frechet_reference(path, moments, clips=3, protocol=FD, weights_digest=WEIGHTS)

    with np.load(path) as loaded:
        np.testing.assert_array_equal(loaded["mu_ref"], moments.mean)
        np.testing.assert_array_equal(loaded["sigma_ref"], moments.covariance)


def test_ones_own_statistics_of_other_weights_or_another_protocol_are_refused(tmp_path):
    path = tmp_path / "mine.npz"
    moments = Moments.of(np.eye(3))
    write_frechet_reference(path, moments, clips=3, protocol=FD, weights_digest=WEIGHTS)

    with pytest.raises(ValueError, match=r"SHA-256 a1a1a1a1a1a1\.\.\., .* with b2b2"):
        read_frechet_reference(path, FD, weights_digest="b2" * 32)
    music = protocol_named("stable-audio-metrics", "music").metrics["fd"]
    with pytest.raises(ValueError, match="was made with: openl3-mel256-env-512"):
        read_frechet_reference(path, music)


def test_published_probabilities_are_read_by_the_ids_of_captions(tmp_path):
    expected = {7: torch.softmax(torch.arange(527.0), 0), 9: torch.full((527,), 1 / 527)}
    path = tmp_path / PROBABILITIES
    path.write_bytes(pickle.dumps(expected))

    found = read_posterior_reference(path, KL)

    assert list(found.posteriors) == ["7", "9"]
    np.testing.assert_array_equal(found.posteriors["7"], expected[7].double().numpy())
    assert (found.origin.clips, found.origin.digest) == (2, file_digest(path))
    assert found.origin.notes == ("the file does not say which PaSST it rests on",)


def test_probabilities_of_the_largest_logits_are_refused(tmp_path):
    path = tmp_path / PROBABILITIES.replace("collectmean", "collectmax")
    path.write_bytes(pickle.dumps({7: torch.full((527,), 1 / 527)}))

    with pytest.raises(ValueError, match="expected the mean of logits over windows"):
        read_posterior_reference(path, KL)


@pytest.mark.parametrize(
    ("vector", "problem"),
    [
        (torch.full((526,), 1 / 526), r"7: expected 527 probabilities, got \(526,\)"),
        (torch.ones(527), "adds up to 527"),
        (torch.full((527,), float("nan")), "NaN"),
        (torch.linspace(-1, 1, 527), "adds up to"),
    ],
)
def test_vectors_that_are_no_probabilities_are_refused(tmp_path, vector, problem):
    path = tmp_path / PROBABILITIES
    path.write_bytes(pickle.dumps({7: vector}))

    with pytest.raises(ValueError, match=problem):
        read_posterior_reference(path, KL)


def test_ones_own_probabilities_come_back_exactly(tmp_path):
    path, expected = tmp_path / "mine.npz", posteriors()

    write_posterior_reference(path, expected, protocol=KL, weights_digest=WEIGHTS)
    found = read_posterior_reference(path, KL, weights_digest=WEIGHTS)

    assert list(found.posteriors) == list(expected)
    for name, vector in expected.items():
        np.testing.assert_array_equal(found.posteriors[name], vector)
    assert (found.origin.clips, found.origin.notes) == (3, ())


def test_ones_own_probabilities_serve_both_directions_of_the_same_network(tmp_path):
    both = protocol_named("audioldm-eval").metrics
    path = tmp_path / "mine.npz"
    write_posterior_reference(path, posteriors(), protocol=both["is"], weights_digest=WEIGHTS)

    assert read_posterior_reference(path, both["kl_ref_gen"]).origin.clips == 3
    with pytest.raises(ValueError, match="was made with: cnn14-16k"):
        read_posterior_reference(path, KL)


def test_a_file_that_cannot_be_read_again_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"the name of an \.npz file, got mine\.pkl"):
        write_posterior_reference(
            tmp_path / "mine.pkl", posteriors(), protocol=KL, weights_digest=WEIGHTS
        )
    with pytest.raises(ValueError, match="at least one sound"):
        write_posterior_reference(tmp_path / "mine.npz", {}, protocol=KL, weights_digest=WEIGHTS)
    assert list(tmp_path.iterdir()) == []


def test_what_is_computed_from_a_reading_does_not_change_how_it_was_heard():
    assert hearing_digest(replace(KL, direction="reference || generated")) == hearing_digest(KL)
    assert hearing_digest(replace(KL, hop_s=10.0)) != hearing_digest(KL)
    assert hearing_digest(FD) != hearing_digest(KL)
