"""Measures of clips and captions: equal to the judge's own scores, aligned by root, incremental."""

import shutil
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from evaluation.embedded.embedded_judge import embedded_judge
from evaluation.embedded.judge_training import JudgeConfig
from evaluation.embedded.signal_quality import QUALITY_AXES
from evaluation.sound import decoded
from pipelines.measuring.listeners import exact_scorer
from pipelines.measuring.measure import measure_steps
from pipelines.policy.rules import Policy
from pipelines.policy.step import policy_step
from pipelines.running.run import run_step
from schemas.corpus import Audio, AudioBytes
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.scenes import fill_scenes
from tests.pipelines.corpus_lake import run
from ualm.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    lake = Lake.create(tmp_path_factory.mktemp("measure") / "lake")
    fill_scenes(lake, 16, seconds=1.0)
    embedded_judge(lake, JudgeConfig(steps=2, batch=4, frames=96))
    return lake


@pytest.fixture
def lake(judged, tmp_path):
    shutil.copytree(judged.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def measured(lake):
    scorer = exact_scorer(lake, "embedded")
    return [run(step, lake) for step in measure_steps(scorer)]


def values(lake):
    return {
        (row["clip_id"], row["name"]): row["value"]
        for row in lake.read("measures").to_pylist()
        if row["vector"] is None
    }


def test_measures_are_what_the_judge_says_of_sound_and_text(lake):
    clips, captions = measured(lake)
    assert (clips.produced, captions.produced) == (16, 16)
    judge = embedded_judge(lake)
    found = values(lake)
    texts = {row["caption_id"]: row for row in lake.read("captions").to_pylist()}
    sounds = {row["clip_id"]: row["audio"]["bytes"] for row in lake.read("audio").to_pylist()}
    for row in lake.read("caption_measures").to_pylist():
        caption = texts[row["caption_id"]]
        sound = decoded(sounds[caption["clip_id"]], judge.sample_rate)
        expected = judge.scores(sound, caption["text"])
        assert (row["name"], row["version"]) == ("text_match", judge.scorer)
        assert row["value"] == pytest.approx(expected["text_match"], abs=1e-6)
        for axis in QUALITY_AXES:
            assert found[caption["clip_id"], axis] == expected[axis]


def test_every_measure_names_its_scorer_and_the_embedding_has_its_own_name(lake):
    measured(lake)
    rows = lake.read("measures").to_pylist()
    assert {row["version"] for row in rows} == {embedded_judge(lake).scorer}
    assert Counter(row["name"] for row in rows) == dict.fromkeys(
        (*QUALITY_AXES, "text_match_embedding"), 16
    )
    vectors = np.array([row["vector"] for row in rows if row["vector"] is not None])
    assert vectors.shape == (16, 64)


def test_an_unusable_sound_and_what_hangs_on_it_are_in_the_ledger(lake):
    rows = lake.read("audio").to_pylist()
    rows[0]["audio"]["bytes"] = b"broken"
    audio = [Audio(**(row | {"audio": AudioBytes(**row["audio"])})) for row in rows]
    lake.put("audio", "ingest.scenes-00000", TABLES["audio"].from_rows(audio), "test")
    clips, captions = measured(lake)
    assert dict(clips.dropped) == {"undecodable": 1}
    assert dict(captions.dropped) == {"not_measured": 1}
    ledger = [(row["table"], row["step"], row["reason"]) for row in lake.read("ledger").to_pylist()]
    assert sorted(ledger) == [
        ("audio", "measure", "undecodable"),
        ("captions", "measure-captions", "not_measured"),
    ]


def test_captions_of_recordings_and_texts_without_words_are_refused_by_name(lake):
    declared = TABLES["captions"]
    rows = lake.read("captions").to_pylist()
    rows[0] |= {"clip_id": None, "scope": "recording"}
    rows[1] |= {"text": "?!"}
    table = pa.Table.from_pylist(rows, declared.schema)
    lake.put("captions", "ingest.scenes-00000", table, "test")
    _, captions = measured(lake)
    assert dict(captions.dropped) == {"recording_scope": 1, "no_text": 1}
    assert captions.produced == 14


@pytest.mark.slow
def test_new_captions_are_measured_without_hearing_the_clips_again(lake):
    steps = measure_steps(exact_scorer(lake, "embedded"))
    assert [run_step(step, lake).done_before for step in steps] == [0, 0]
    assert [run_step(step, lake).done_before for step in steps] == [1, 1]
    fill_scenes(lake, 4, seconds=1.0, seed=1, root="scenes-00001")
    summaries = [run_step(step, lake) for step in steps]
    assert [summary.done_before for summary in summaries] == [1, 1]
    assert [summary.counts.produced for summary in summaries] == [4, 4]
    more = lake.read_shard(lake.shards("captions")[0])
    lake.put("captions", "captioner.model@1.scenes-00000", more, "test")
    summaries = [run_step(step, lake) for step in steps]
    assert [s.planned - s.done_before for s in summaries] == [0, 1]


def test_a_policy_may_ask_the_lakes_own_judge_by_the_name_embedded(lake):
    rule = {"name": "clarity_db", "scorer": "embedded", "min": 0.0}
    rules = Policy.model_validate(
        {
            "name": "p",
            "licence": {"allow": ["public-domain"], "missing_allowed_for": ["scenes"]},
            "quality": {"measures": [rule]},
        }
    )
    with pytest.raises(ValueError, match="run `ualm corpus measure` first"):
        policy_step(rules, lake)
    measured(lake)
    (exact,) = policy_step(rules, lake).policy.quality.measures
    assert exact.scorer == embedded_judge(lake).scorer
    assert run(policy_step(rules, lake), lake).dropped == Counter()


def test_an_unknown_judge_is_refused(lake):
    with pytest.raises(ValueError, match="an id does not say where it is"):
        exact_scorer(lake, "clap@0123456789ab")
    with pytest.raises(ValueError, match="no weights at"):
        exact_scorer(lake, "embedded:scene-judge@0123456789ab")


@pytest.mark.slow
def test_the_command_measures_and_prints_both_sums(lake):
    done = CliRunner().invoke(app, ["corpus", "measure", "--lake", str(lake.root)])
    assert done.exit_code == 0
    assert "measure: 1 shard, 0 done before; rows in 16 = 16 produced" in done.output
    assert "measure-captions: 1 shard, 0 done before; rows in 16 = 16 produced" in done.output


def test_a_dry_run_without_a_judge_trains_none(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    fill_scenes(lake, 4, seconds=0.5)
    done = CliRunner().invoke(app, ["corpus", "measure", "--lake", str(lake.root), "--dry-run"])
    assert done.exit_code == 0
    assert "would be trained first" in done.output
    assert "measure: 1 shard, 0 done before; to run: 4 rows" in done.output
    assert not lake.weights.exists()


def test_a_dry_run_promises_no_judge_that_scenes_are_too_few_for(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    fill_scenes(lake, 1, seconds=0.5)
    done = CliRunner().invoke(app, ["corpus", "measure", "--lake", str(lake.root), "--dry-run"])
    assert done.exit_code == 2
    assert "expected at least 2 different validation or test scenes" in done.output
