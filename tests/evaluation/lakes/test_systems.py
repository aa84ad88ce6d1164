import numpy as np
import pytest

from evaluation.embedded.trust import context_separation, source_separations, trusts
from evaluation.embedded.trust_rows import AUC, auc_rows
from evaluation.lakes.systems import evaluated_systems, write_clip_scores, write_metrics
from schemas.lake import Lake
from tests.evaluation.scenes import fill_generations, fill_scenes, flac

SETS = {"contexts/train", "contexts/validation", "contexts/test"}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, judge):
    """Two models on new scenes: one answers with the real sound, one with noise."""
    lake = Lake.create(tmp_path_factory.mktemp("systems") / "lake")
    rows = fill_scenes(lake, 32, seed=7)
    rng = np.random.default_rng(0)
    real = {a.clip_id: [a.audio.bytes] for a in rows["audio"]}
    noise = {a.clip_id: [flac(rng.normal(size=32_000) * 0.1)] for a in rows["audio"]}
    noise[rows["audio"][0].clip_id] = [b"broken"]
    fill_generations(lake, rows, real, model="parrot@1")
    fill_generations(lake, rows, noise, model="hiss@1")
    return lake, evaluated_systems(lake, judge, seed=3).rows


def figure(rows, name, system, kind="system", dataset="contexts/train"):
    wanted = (name, system, kind, dataset)
    (row,) = [r for r in rows if (r.name, r.system, r.row_kind, r.dataset) == wanted]
    return row


def test_every_metric_prefers_real_sound_to_noise(evaluated):
    _, rows = evaluated
    for name in ("fd", "kl_ref_gen", "kl_gen_ref"):
        assert figure(rows, name, "parrot@1").value < figure(rows, name, "hiss@1").value
    for name in ("is", "cl", "quality"):
        assert figure(rows, name, "parrot@1").value > figure(rows, name, "hiss@1").value


def test_matched_texts_beat_shuffled_ones(evaluated):
    _, rows = evaluated
    matched = figure(rows, "cl", "ground_truth", "ground_truth")
    assert matched.value > figure(rows, "cl", "shuffled", "shuffled").value + 0.2
    assert matched.value == pytest.approx(figure(rows, "cl", "parrot@1").value)
    assert figure(rows, "cl", "parrot@1", "shuffled").value < matched.low


def test_a_broken_generation_is_missing_and_not_zero(evaluated):
    _, rows = evaluated
    row = figure(rows, "cl", "hiss@1")
    assert (row.n, row.n_missing) == (15, 1)
    assert figure(rows, "cl", "parrot@1").n_missing == 0


def test_equal_baselines_of_two_models_are_one_row(evaluated):
    _, rows = evaluated
    assert len({row.metric_id for row in rows}) == len(rows)
    for dataset in SETS:
        assert sum((r.name, r.row_kind, r.dataset) == ("is", "noise", dataset) for r in rows) == 1


def test_splits_are_never_mixed(evaluated, judge):
    lake, rows = evaluated
    assert {row.dataset for row in rows} == SETS
    alone = evaluated_systems(lake, judge, seed=3, split="test")
    assert alone.rows == tuple(row for row in rows if row.dataset == "contexts/test")


def test_rows_are_not_comparable_and_the_judge_is_trusted_here(evaluated):
    _, rows = evaluated
    assert not any(row.comparable for row in rows)
    assert not any("plumbing" in (row.note or "") for row in rows)


def test_a_second_evaluation_gives_the_same_rows_from_stored_features(evaluated, judge):
    lake, rows = evaluated
    version = lake.version("features")
    assert evaluated_systems(lake, judge, seed=3).rows == rows
    assert lake.version("features") == version


def test_written_rows_replace_older_ones_of_the_same_seed(evaluated):
    lake, rows = evaluated
    write_metrics(lake, rows)
    once = sorted(lake.read("metrics")["metric_id"].to_pylist())
    write_metrics(lake, rows)
    assert sorted(lake.read("metrics")["metric_id"].to_pylist()) == once
    assert {row.metric_id for row in rows} <= set(once)


def test_scores_of_clips_are_kept_with_the_figures_that_they_make(evaluated, judge):
    lake, rows = evaluated
    measured = evaluated_systems(lake, judge, seed=3)
    write_clip_scores(lake, measured.clip_scores)
    write_clip_scores(lake, measured.clip_scores)
    kept = lake.read("clip_scores").to_pylist()
    assert len(kept) == len(measured.clip_scores)
    mine = [
        own["value"]
        for own in kept
        if (own["metric"], own["system"], own["dataset"]) == ("cl", "hiss@1", "contexts/train")
    ]
    assert len(mine) == 15
    assert sum(mine) / 15 == pytest.approx(figure(rows, "cl", "hiss@1").value)


def test_rows_say_their_protocol_and_what_was_left_out(evaluated, judge):
    lake, rows = evaluated
    assert all(row.protocol_digest and row.preset.startswith("embedded: ") for row in rows)
    assert figure(rows, "fd", "parrot@1").frames > 0
    left_out = evaluated_systems(lake, judge, seed=3).left_out
    assert {why.metric for why in left_out} == {"fd_inf"}


def test_a_split_restricts_the_contexts(evaluated, judge):
    lake, _ = evaluated
    rows = evaluated_systems(lake, judge, split="test").rows
    assert {row.dataset for row in rows} == {"contexts/test"}
    assert figure(rows, "cl", "parrot@1", dataset="contexts/test").n == 8
    with pytest.raises(ValueError, match="generations of contexts of the split 'none'"):
        evaluated_systems(lake, judge, split="none")


def test_no_generations_are_an_error(scene_lake, judge):
    with pytest.raises(ValueError, match="run `ualm generate` first"):
        evaluated_systems(scene_lake, judge)


def test_the_judge_is_trusted_on_what_it_knows(evaluated, judge):
    lake, _ = evaluated
    found = context_separation(lake, judge)
    assert found.auc > 0.9
    assert found.clips == 32
    assert trusts(found)


def test_without_contexts_nothing_is_trusted(scene_lake, judge):
    assert context_separation(scene_lake, judge) is None
    assert not trusts(None)


def test_each_source_has_its_own_separation(evaluated, judge):
    lake, _ = evaluated
    separations = source_separations(lake, judge)
    assert list(separations) == ["scenes"]
    rows = auc_rows(judge, separations)
    assert [(row.name, row.dataset) for row in rows] == [
        (AUC, "held-out-scenes"),
        (AUC, "scenes"),
    ]
    assert rows[1].note == "trusted"
    write_metrics(lake, rows)
