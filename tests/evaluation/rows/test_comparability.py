from dataclasses import replace

import pytest

from evaluation.rows.comparability import comparable_rows, set_cautions
from schemas.benchmarks import Metric

ROW = Metric(
    metric_id="1",
    name="fd",
    system="m",
    row_kind="system",
    dataset="audiocaps",
    dataset_digest="d",
    scorer="openl3@0123",
    preset="ualm: 44100 Hz",
    value=1.0,
    low=0.9,
    high=1.1,
    n=4875,
    n_missing=0,
    seed=0,
    comparable=True,
    weights_digest="w",
    protocol_digest="p",
    frames=97_500,
    reference_frames=17_620,
)


def test_two_systems_measured_alike_may_be_compared():
    other = replace(ROW, system="other", value=2.0, preset="stable-audio-metrics: 44100 Hz")
    assert comparable_rows(ROW, other) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "fd_inf"}, "other metrics: fd and fd_inf"),
        ({"dataset_digest": "e"}, "other evaluation sets: d and e"),
        ({"protocol_digest": "q"}, "other protocols: p and q"),
        ({"protocol_digest": None}, "other protocols: p and None"),
        ({"scorer": "openl3@4567"}, "other scorers: openl3@0123 and openl3@4567"),
        ({"weights_digest": "v"}, "other weights: w and v"),
        ({"n": 957}, "other numbers of sounds: 4875 and 957"),
        ({"frames": 1}, "other numbers of windows: 97500 and 1"),
        ({"reference_frames": 1}, "other numbers of reference windows: 17620 and 1"),
        ({"seed": 1}, "other seeds: 0 and 1"),
    ],
)
def test_each_difference_is_a_reason(change, reason):
    assert comparable_rows(ROW, replace(ROW, **change)) == [reason]


def test_rows_without_a_protocol_cannot_be_compared():
    old = replace(ROW, protocol_digest=None)
    assert comparable_rows(old, old) == ["neither row says by which protocol it was measured"]


def kl(value, row_kind="system", system="m"):
    return replace(ROW, name="kl_gen_ref", value=value, row_kind=row_kind, system=system)


def test_a_kl_that_repaired_real_sound_reaches_is_cautioned():
    controls = [kl(0.75, "shuffled", "shuffled"), kl(2.0, "noise", "noise")]
    assert set_cautions([kl(0.6), *controls]) == []
    assert set_cautions([kl(0.8), *controls]) == [
        "kl_gen_ref: m (0.8) is no better than real sound that was re-paired at random (0.75)"
    ]


def test_a_system_is_compared_with_its_own_shuffle_and_with_noise_only():
    own, other = kl(0.5, "shuffled"), kl(0.5, "shuffled", "other")
    assert set_cautions([kl(0.6), other, kl(0.1, "ground_truth")]) == []
    assert set_cautions([kl(0.6), own, kl(0.6, "noise", "noise")]) == [
        "kl_gen_ref: m (0.6) is no better than its own sounds re-paired at random (0.5)",
        "kl_gen_ref: m (0.6) is no better than noise (0.6)",
    ]


def test_higher_is_better_where_it_is():
    cl = replace(ROW, name="cl", value=0.4)
    noise = replace(cl, row_kind="noise", system="noise", value=0.3)
    assert set_cautions([cl, noise]) == []
    assert set_cautions([replace(cl, value=0.2), noise]) == [
        "cl: m (0.2) is no better than noise (0.3)"
    ]


def test_systems_of_different_numbers_are_cautioned():
    assert set_cautions([ROW, replace(ROW, system="other", n=957)]) == [
        "fd: systems of different numbers of sounds (m 4875, other 957)"
    ]
