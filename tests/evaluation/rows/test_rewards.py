import json
from dataclasses import replace

from evaluation.rows.rewards import reward_scorers
from schemas.lake import Lake
from tests.reports import lake_rows as rows


def trained(run_id, name, checkpoint, start=None):
    return replace(
        rows.run(run_id, name), checkpoint=checkpoint, configuration=json.dumps({"start": start})
    )


def lake_of(tmp_path, *runs):
    lake = Lake.create(tmp_path / "lake")
    rows.put(lake, "runs", *runs)
    rows.put(lake, "preference_pairs", rows.pair("g1", "g2", scorer="clap@1"))
    return lake


def test_a_model_that_began_from_preferences_names_their_scorer(tmp_path):
    lake = lake_of(
        tmp_path,
        trained("r1", "gen-pretrain", "pre@1"),
        trained("r2", "gen-dpo", "dpo@1", start="pre@1"),
        trained("r3", "ualm-adapt", "adapt@1", start="dpo@1"),
    )
    assert reward_scorers(lake, "dpo@1") == reward_scorers(lake, "adapt@1") == ("clap@1",)


def test_a_model_without_preferences_has_no_reward(tmp_path):
    lake = lake_of(tmp_path, trained("r1", "gen-pretrain", "pre@1"))
    assert reward_scorers(lake, "pre@1") == ()
    assert reward_scorers(lake, "elsewhere@1") == ()


def test_runs_that_began_from_each_other_come_to_an_end(tmp_path):
    lake = lake_of(
        tmp_path, trained("r1", "a", "a@1", start="b@1"), trained("r2", "b", "b@1", start="a@1")
    )
    assert reward_scorers(lake, "a@1") == ()
