"""CLAP as a second judge: its own name, its own thresholds, and one value for each caption."""

import shutil
from collections import Counter

import pytest
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from evaluation.scorers.clap_model import clap_scorer, loaded_clap
from evaluation.sound import decoded
from pipelines.captioners.captioner import Sampling
from pipelines.captions.recipe import CaptionRecipe
from pipelines.captions.step import Captions
from pipelines.measuring.listeners import exact_scorer, opened_listener
from pipelines.measuring.measure import measure_steps
from pipelines.policy.rules import Policy
from pipelines.policy.step import policy_step
from schemas.lake import Lake
from schemas.verify import verify
from tests.evaluation.scenes import fill_scenes
from tests.evaluation.tiny_clap import save_tiny_clap
from tests.pipelines.corpus_lake import run
from tests.pipelines.scene_judge import give_judge
from ualm.cli import app

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(save_tiny_clap(tmp_path_factory.mktemp("clap")))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    lake = Lake.create(tmp_path_factory.mktemp("scenes") / "lake")
    fill_scenes(lake, 3, seconds=1.0)
    give_judge(lake)
    return lake


@pytest.fixture
def lake(scenes, tmp_path):
    shutil.copytree(scenes.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def measured(lake, folder):
    return [run(step, lake) for step in measure_steps(clap_scorer(folder), folder)]


def test_a_caption_is_measured_as_clap_compares_its_text_with_its_clip(lake, folder):
    clips, captions = measured(lake, folder)
    assert (clips.produced, captions.produced) == (3, 3)
    expect_similarities(lake, folder)


def expect_similarities(lake, folder):
    clap = loaded_clap(folder)
    texts = {row["caption_id"]: row for row in lake.read("captions").to_pylist()}
    sounds = {row["clip_id"]: row["audio"]["bytes"] for row in lake.read("audio").to_pylist()}
    rows = lake.read("caption_measures").to_pylist()
    assert {(row["name"], row["version"]) for row in rows} == {("clap", clap_scorer(folder))}
    for row in rows:
        caption = texts[row["caption_id"]]
        sound = decoded(sounds[caption["clip_id"]], 48_000)
        (expected,) = clap.similarity([sound], [caption["text"]])
        assert row["value"] == pytest.approx(expected, abs=1e-5)


def test_what_a_clap_and_the_lakes_judge_say_lies_side_by_side(lake, folder):
    measured(lake, folder)
    for step in measure_steps(exact_scorer(lake, "embedded")):
        run(step, lake)
    rows = lake.read("caption_measures").to_pylist()
    assert Counter(row["name"] for row in rows) == {"clap": 3, "text_match": 3}
    assert not verify(lake)


def test_a_caption_that_the_clap_has_ranked_is_not_measured_twice(lake, folder):
    recipe = CaptionRecipe(sampling=Sampling(samples=2), threshold=-1.0, min_characters=1)
    run(Captions(scorer=folder, recipe=recipe), lake)
    ranked = {row["caption_id"]: row["value"] for row in lake.read("caption_measures").to_pylist()}
    assert ranked
    _, captions = measured(lake, folder)
    assert captions.produced == captions.rows_in == 3 + len(ranked)
    rows = lake.read("caption_measures").to_pylist()
    assert Counter(row["caption_id"] for row in rows).most_common(1)[0][1] == 1
    assert len(rows) == 3 + len(ranked)
    assert not verify(lake)


def test_ranking_gives_a_caption_the_value_that_measuring_would(lake, folder):
    recipe = CaptionRecipe(sampling=Sampling(samples=2), threshold=-1.0, min_characters=1)
    run(Captions(scorer=folder, recipe=recipe), lake)
    expect_similarities(lake, folder)


def test_a_policy_may_put_a_threshold_on_clap_for_every_caption(lake, folder):
    measured(lake, folder)
    scorer = clap_scorer(folder)
    values = {r["caption_id"]: r["value"] for r in lake.read("caption_measures").to_pylist()}
    middle = sorted(values.values())[1]
    rules = Policy.model_validate(
        {
            "name": "p",
            "licence": {"allow": ["public-domain"], "missing_allowed_for": ["scenes"]},
            "captions": {"measures": [{"name": "clap", "scorer": scorer, "min": middle}]},
        }
    )
    assert run(policy_step(rules, lake), lake).dropped == {"clap": 1}


def test_a_checkpoint_is_loaded_once_and_other_weights_are_refused(lake, folder, tmp_path):
    assert loaded_clap(folder) is loaded_clap(folder)
    other = shutil.copytree(folder, tmp_path / "clap")
    planned = clap_scorer(str(other))
    weights = load_file(other / "model.safetensors")
    save_file({name: w + 1 for name, w in weights.items()}, other / "model.safetensors")
    with pytest.raises(ValueError, match="its files have changed"):
        opened_listener(lake, str(other), planned)


def test_the_command_takes_a_clap(lake, folder):
    words = ["corpus", "measure", "--lake", str(lake.root), "--scorer", folder]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "measure-captions: 1 shard, 0 done before; rows in 3 = 3 produced" in done.output
