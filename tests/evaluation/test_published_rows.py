"""Rows of a panel that has a scorer for each metric, and of published reference statistics."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from evaluation.audio.reference_statistics import FrechetReference, Origin
from evaluation.judge import Reading
from evaluation.metrics.frechet import frechet_distance
from evaluation.metrics.moments import Gaussian
from evaluation.panel import MetricSource
from evaluation.protocols import PROTOCOLS
from evaluation.rows.baseline_rows import baseline_rows, system_rows
from evaluation.rows.figure import Figure
from evaluation.rows.metric_rows import halves_row, metric_rows
from evaluation.study import Item, Study

AXES = {"ce": 1.0, "cu": 2.0, "pc": 3.0, "pq": 4.0}


@dataclass
class Panel:
    """The preset `ualm`, without its networks."""

    preset: str = "ualm"
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def source(self, metric):
        protocol = PROTOCOLS["ualm"].metrics.get(metric)
        if protocol is None:
            return None
        return MetricSource(
            scorer=f"{protocol.weights}@0123",
            weights_digest=f"digest of {protocol.weights}",
            protocol=protocol,
            comparable=True,
            notes=self.notes.get(metric, ()),
        )


def reading(i, windows=3):
    rng = np.random.default_rng(i)
    return Reading(
        windows=rng.normal(size=(windows, 2)),
        embedding=np.eye(4)[i % 4],
        logits=np.eye(4)[i % 4] * 50,
        quality=AXES,
        is_logits=np.zeros(4),
    )


def items(count):
    return [
        Item(
            item_id=f"g{i}",
            reading=reading(i),
            text=f"text {i % 4}",
            text_embedding=np.eye(4)[i % 4],
            reference=reading(100 + i),
        )
        for i in range(count)
    ]


def study(count=120, **changes):
    fields = {
        "panel": Panel(),
        "dataset": "audiocaps",
        "dataset_digest": "d",
        "references": tuple(reading(100 + i) for i in range(count)),
        "trusted": True,
        "seed": 0,
    }
    return Study(**(fields | changes))


@pytest.fixture(scope="module")
def measured():
    return metric_rows(study(), "m", "system", items(120))


def row(measured, name):
    (found,) = [each for each in measured.rows if each.name == name]
    return found


def test_each_metric_names_its_own_scorer_weights_and_protocol(measured):
    metrics = PROTOCOLS["ualm"].metrics
    for name, protocol in metrics.items():
        found = row(measured, name)
        assert found.scorer == f"{protocol.weights}@0123"
        assert found.weights_digest == f"digest of {protocol.weights}"
        assert found.protocol_digest == protocol.digest
        assert found.preset == f"ualm: {protocol.text}"
        assert found.comparable
        assert found.resamples == 200
    assert {found.name for found in measured.rows} - set(metrics) == {
        "fd_inf",
        "aes_ce",
        "aes_cu",
        "aes_pc",
        "aes_pq",
    }
    assert measured.left_out == ()


def test_fd_carries_its_windows_and_unequal_numbers():
    found = row(metric_rows(study(100), "m", "system", items(120)), "fd")
    assert (found.n, found.frames, found.reference_frames) == (120, 360, 300)
    assert "120 clips against 100: FD is biased upwards under 1000" in found.note


def test_large_sets_of_unequal_numbers_are_told_apart():
    found = row(metric_rows(study(1000), "m", "system", items(1001), names=("fd",)), "fd")
    assert found.note == (
        "1001 clips against 1000: compare only with an FD of these numbers, or by fd_inf"
    )


def test_fd_infinity_has_a_standard_error_in_place_of_an_interval(measured):
    found = row(measured, "fd_inf")
    assert found.standard_error > 0
    assert (found.low, found.high, found.resamples) == (None, None, None)
    assert found.protocol_digest != row(measured, "fd").protocol_digest
    assert found.comparable
    assert "subsets of 24 to 120 clips" in found.note
    assert "no interval" not in found.note


def test_is_hears_its_own_network(measured):
    """Its logits are all equal here, those of KL are not."""
    assert row(measured, "is").value == pytest.approx(1)
    assert row(measured, "is").deviation == pytest.approx(0, abs=1e-9)
    assert "under 100 a split" in row(measured, "is").note


def test_one_split_in_place_of_ten_is_another_protocol():
    found = row(metric_rows(study(), "m", "system", items(20)), "is")
    assert "1 split in place of 10" in found.note
    assert found.protocol_digest != PROTOCOLS["ualm"].metrics["is"].digest
    assert not found.comparable


def test_each_axis_has_a_row_and_aes_is_their_mean(measured):
    for axis, value in AXES.items():
        assert row(measured, f"aes_{axis}").value == value
    assert row(measured, "aes").value == 2.5


def test_each_clip_keeps_its_own_scores(measured):
    kept = Counter(own.metric for own in measured.clip_scores)
    assert kept == dict.fromkeys(("kl_gen_ref", "cl", "aes", *(f"aes_{a}" for a in AXES)), 120)
    scores = [own for own in measured.clip_scores if own.metric == "kl_gen_ref"]
    found = row(measured, "kl_gen_ref")
    assert np.mean([own.value for own in scores]) == pytest.approx(found.value)
    assert {own.protocol_digest for own in scores} == {found.protocol_digest}
    assert [own.subject_id for own in scores][:2] == ["g0", "g1"]
    assert len({own.text_digest for own in scores}) == 4


def test_shuffles_and_noise_keep_no_scores_of_clips():
    found = system_rows(study(), "m", items(8)) + baseline_rows(study(), items(8), items(8))
    assert {own.system for own in found.clip_scores} == {"m", "ground_truth"}


def test_a_sound_that_one_scorer_refused_is_missing_there_alone():
    heard = items(8)
    heard[0] = replace(heard[0], reading=replace(heard[0].reading, windows=np.empty((0, 2))))
    found = metric_rows(study(), "m", "system", heard, missing=1)
    assert (row(found, "fd").n, row(found, "fd").n_missing) == (7, 2)
    assert (row(found, "cl").n, row(found, "cl").n_missing) == (8, 1)


def test_a_scorer_that_was_the_reward_is_named_on_systems_only():
    rewarded = study(rewards=("clap-htsat-fused@0123",))
    system = metric_rows(rewarded, "m", "system", items(8))
    assert "the reward: clap-htsat-fused@0123 chose what this system was" in row(system, "cl").note
    assert "the reward" not in (row(system, "aes").note or "")
    real = metric_rows(rewarded, "ground_truth", "ground_truth", items(8), names=("cl",))
    assert "the reward" not in (row(real, "cl").note or "")


def test_what_a_source_warns_of_stands_on_its_rows():
    warned = study(panel=Panel(notes={"aes": ("weights unverified",)}))
    found = metric_rows(warned, "m", "system", items(8))
    assert "weights unverified" in row(found, "aes").note
    assert "weights unverified" in row(found, "aes_ce").note
    assert "weights unverified" not in (row(found, "cl").note or "")


def test_published_statistics_are_the_reference_of_fd():
    real = np.concatenate([each.windows for each in study().references])
    published = FrechetReference(
        gaussian=Gaussian(mean=real.mean(0), covariance=np.cov(real, rowvar=False)),
        origin=Origin(file="x.npz", digest="0", clips=None, notes=("as published",)),
    )
    found = metric_rows(
        study(references=(), reference_statistics=published), "m", "system", items(120)
    )
    made = np.concatenate([item.reading.windows for item in items(120)])
    assert row(found, "fd").value == pytest.approx(frechet_distance(real, made).value)
    assert row(found, "fd").reference_frames is None
    assert row(found, "fd").note.startswith("as published; 120 clips against published statistics")
    assert row(found, "fd_inf").reference_frames is None


def test_fd_may_be_taken_of_windows_that_are_not_in_memory():
    def streamed(given, protocol):
        return Figure(value=7.0, n=len(given), protocol=protocol, frames=60, reference_frames=24)

    found = metric_rows(study(8, frechet=streamed), "m", "system", items(20))
    assert (row(found, "fd").value, row(found, "fd").frames) == (7.0, 60)
    assert "20 clips against 8: FD is biased" in row(found, "fd").note
    assert [why.reason for why in found.left_out if why.metric == "fd_inf"] == [
        "the windows do not fit in memory, and it draws subsets of them"
    ]
    assert halves_row(study(8, frechet=streamed)).left_out[0].reason == (
        "the windows of the real sounds do not fit in memory"
    )


def test_a_metric_of_nothing_says_why_for_each_metric_of_the_preset():
    found = system_rows(study(), "m", []) + baseline_rows(study(references=()), [], [])
    assert found.rows == ()
    reasons = {(why.metric, why.row_kind): why.reason for why in found.left_out}
    assert reasons["kl_gen_ref", "shuffled"] == "there are no two different texts to exchange"
    assert reasons["fd", "ground_truth"] == "two halves of real sounds need four of them, got 0"
    assert reasons["aes_pq", "noise"] == "no sound was rated on pq"
    assert ("quality", "system") not in reasons


def test_shared_real_sound_is_told_once():
    both = baseline_rows(study(), items(8), items(8)) + baseline_rows(study(), items(8), items(8))
    once = both.distinct()
    assert len(once.rows) * 2 == len(both.rows)
    assert len(once.clip_scores) * 2 == len(both.clip_scores)
