import shutil
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from evaluation.embedded.embedded_judge import embedded_judge, fit_judge
from evaluation.embedded.judge_training import JudgeConfig
from evaluation.embedded.signal_quality import QUALITY_AXES
from pipelines.commands.options import BEAM_CONTEXT
from pipelines.commands.pairs import pairs
from pipelines.commands.scores import generations
from pipelines.generation.preference_pairs import Pairs
from pipelines.measuring.scores import Score, score_rows, scorer_token
from pipelines.running.run import run_step
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.scenes import fill_generations, fill_scenes, flac

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A lake whose contexts have: a good and a bad answer; one; none; a broken one; two equal."""
    lake = Lake.create(tmp_path_factory.mktemp("scores") / "lake")
    rows = fill_scenes(lake, 24, seconds=1.0)
    embedded_judge(lake, JudgeConfig(steps=40, batch=16, frames=96))
    rng = np.random.default_rng(0)
    faint = flac(rng.normal(size=16_000) * 1e-4)
    real = {audio.clip_id: audio.audio.bytes for audio in rows["audio"]}
    clips = [clip.clip_id for clip in rows["clips"]]
    sounds = {clip: [real[clip], faint] for clip in clips[:12]}
    sounds |= {clip: [real[clip]] for clip in clips[12:15]}
    sounds |= {clip: [real[clip], b"broken"] for clip in clips[15:18]}
    sounds |= {clip: [real[clip], real[clip]] for clip in clips[18:20]}
    fill_generations(lake, rows, sounds)
    return lake


@pytest.fixture
def lake(scored, tmp_path):
    shutil.copytree(scored.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def application():
    app = typer.Typer()
    app.command(context_settings=BEAM_CONTEXT)(generations)
    app.command(context_settings=BEAM_CONTEXT)(pairs)
    return app


def test_every_generation_is_scored_or_refused(lake):
    summary = run_step(Score(), lake)
    assert summary.counts.dropped == Counter(undecodable=3)
    scores = lake.read("generation_scores").to_pylist()
    assert Counter(row["name"] for row in scores) == dict.fromkeys(
        ("text_match", *QUALITY_AXES), summary.counts.produced
    )
    (scorer,) = {row["scorer"] for row in scores}
    assert scorer == embedded_judge(lake).scorer
    refused = lake.read("ledger").to_pylist()
    assert [row["reason"] for row in refused] == ["undecodable"] * 3


def test_a_second_run_scores_nothing(lake):
    run_step(Score(), lake)
    again = run_step(Score(), lake)
    assert (again.planned, again.done_before) == (1, 1)


def test_scores_are_byte_equal_when_repeated(lake, tmp_path):
    shutil.copytree(lake.root, tmp_path / "other")
    other = Lake.open(tmp_path / "other")
    digests = set()
    for one in (lake, other):
        run_step(Score(), one)
        digests.add(tuple(shard.content_digest for shard in one.shards("generation_scores")))
    assert len(digests) == 1


def test_another_judge_scores_beside_the_first(lake):
    run_step(Score(), lake)
    first = embedded_judge(lake).scorer
    fit_judge(lake, JudgeConfig(steps=1, batch=2, frames=96))
    run_step(Score(), lake)
    scorers = lake.read("generation_scores", ["scorer"])["scorer"].to_pylist()
    assert len(set(scorers)) == 2
    assert first in scorers
    with pytest.raises(ValueError, match="expected the scorer embedded or this lake's"):
        Score(scorer=first).plan(lake)


def test_a_judge_that_changed_since_planning_is_refused(lake):
    (task,) = Score().plan(lake)
    stale = replace(task, payload=task.payload | {"scorer": "embedded:scene-judge@0"})
    with pytest.raises(ValueError, match="was planned; run the step again"):
        Score().run_shard(lake, stale, lambda _: None)


def test_a_context_without_a_text_has_a_reason(lake):
    rows = lake.read("generations").slice(0, 1)
    result = score_rows(rows, {}, embedded_judge(lake), lambda _: None)
    assert result.counts.dropped == Counter(no_text=1)
    assert result.tables["ledger"]["reason"].to_pylist() == ["no_text"]


def test_no_generations_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="run `ualm generate` first"):
        Score().plan(Lake.create(tmp_path / "empty"))


def test_every_context_has_a_pair_or_a_reason(lake):
    run_step(Score(), lake)
    summary = run_step(Pairs(), lake)
    found = lake.read("preference_pairs").to_pylist()
    reasons = Counter(r["reason"] for r in lake.read("ledger").to_pylist() if r["step"] == "pairs")
    assert summary.counts.rows_in == 24 == len(found) + reasons.total()
    assert reasons["no_generation"] == 4
    assert reasons["single_generation"] == 3
    assert reasons["missing_scores"] == 3
    assert reasons["no_text_gap"] >= 2
    assert summary.counts.dropped == reasons


def test_pairs_prefer_the_better_answer_by_the_judges_threshold(lake):
    run_step(Score(), lake)
    run_step(Pairs(), lake)
    judge = embedded_judge(lake)
    samples = dict(
        zip(
            *(lake.read("generations")[c].to_pylist() for c in ("generation_id", "sample")),
            strict=True,
        )
    )
    found = lake.read("preference_pairs").to_pylist()
    assert found
    for row in found:
        assert (samples[row["winner_id"]], samples[row["loser_id"]]) == (0, 1)
        gaps = {gap["name"]: gap["value"] for gap in row["gaps"]}
        assert tuple(gaps) == ("text_match", *QUALITY_AXES)
        assert gaps["text_match"] >= row["threshold"] == judge.text_threshold
        assert min(gaps.values()) > 0


def test_pairs_of_an_unproven_judge_are_not_validated(lake):
    fit_judge(lake, JudgeConfig(steps=1, batch=2, frames=96))
    run_step(Score(), lake)
    tasks = Pairs().plan(lake)
    assert [task.payload["validated"] for task in tasks] == [False]


def test_a_pair_needs_answers_of_the_model_that_was_asked_for(lake):
    run_step(Score(), lake)
    summary = run_step(Pairs(model="other@9"), lake)
    assert summary.counts.dropped == Counter(no_generation=24)


def test_pairs_before_scores_say_what_to_run(lake):
    with pytest.raises(ValueError, match="`ualm evaluate generations`"):
        Pairs().plan(lake)


def test_a_limit_takes_the_first_contexts(lake):
    run_step(Score(), lake)
    assert run_step(Pairs(), lake, limit=5).counts.rows_in == 5


def test_commands_score_and_pair(lake):
    for command in ("generations", "pairs"):
        result = CliRunner().invoke(
            application(), [command, "--lake", str(lake.root)], catch_exceptions=False
        )
        assert result.exit_code == 0
        assert "rows in" in result.output
    assert lake.read("preference_pairs").num_rows > 0


def test_commands_name_a_users_mistake(tmp_path):
    for command in ("generations", "pairs"):
        result = CliRunner().invoke(application(), [command, "--lake", str(tmp_path)])
        assert result.exit_code == 2
        assert "expected a lake" in result.output


def test_a_dry_run_does_not_train(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    rows = fill_scenes(lake, 8, seconds=0.5)
    fill_generations(lake, rows, {a.clip_id: [a.audio.bytes] for a in rows["audio"]})
    result = CliRunner().invoke(
        application(), ["generations", "--lake", str(lake.root), "--dry-run"]
    )
    assert result.exit_code == 0
    assert "would be trained first" in result.output
    assert not lake.weights.exists()


def test_a_dry_run_promises_no_judge_that_scenes_are_too_few_for(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    rows = fill_scenes(lake, 1, seconds=0.5)
    fill_generations(lake, rows, {a.clip_id: [a.audio.bytes] for a in rows["audio"]})
    told = ["generations", "--lake", str(lake.root), "--dry-run"]
    result = CliRunner().invoke(application(), told)
    assert result.exit_code == 2
    assert "expected at least 2 different validation or test scenes" in result.output


def test_slots_can_hold_any_scorer():
    assert scorer_token("embedded:scene-judge@0a.1/b") == "embedded-scene-judge@0a-1-b"


def test_scores_are_rows_of_the_declared_table(lake):
    (task,) = Score().plan(lake)
    result = Score().run_shard(lake, task, lambda _: None)
    assert result.tables["generation_scores"].schema.equals(TABLES["generation_scores"].schema)
