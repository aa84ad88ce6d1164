"""Yield: closed forms on a handful of rows, and agreement with the policy step itself."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pipelines.policy.grids import grids_of
from pipelines.policy.root_rows import KEYS, RootShards
from pipelines.policy.rules import Policy
from pipelines.policy.step import policy_step
from pipelines.policy.verdicts import root_verdicts
from pipelines.policy.yield_report import (
    cell,
    cost_rows,
    licence_rows,
    own_thresholds,
    threshold_rows,
    yield_json,
)
from pipelines.policy.yields import ALL, measured_yield
from tests.pipelines.corpus_lake import run
from tests.pipelines.policy.lakes import (
    ROOT,
    SCORER,
    add,
    caption,
    caption_measure,
    clip,
    decided,
    lake_of,
    measure,
    name_id,
    put,
    verdict,
)

POLICY = Policy.model_validate(
    {
        "name": "test",
        "licence": {"allow": ["attribution"]},
        "quality": {"max_silence_ratio": 0.5, "min_bandwidth_hz": 1000},
    }
)


def small(folder):
    """Four clips: a good, b silent, c narrow and silent, d under another licence; an hour each."""
    rows = [
        clip("a", duration_s=3600.0),
        clip("b", duration_s=3600.0, silence_ratio=0.75),
        clip("c", duration_s=3600.0, silence_ratio=0.75, bandwidth_hz=500.0),
        clip("d", duration_s=3600.0, licence="CC BY-NC 4.0", source="other"),
    ]
    texts = [caption(name, text) for name in "abcd" for text in ("one", "two")]
    lake = lake_of(folder, *rows[:3], captions=texts[:6])
    add(lake, rows[3], captions=texts[6:], root="b-00000")
    return lake


def counted(lake, policy=POLICY, **options):
    grids = grids_of(lake, policy)
    return measured_yield(lake, policy, grids, **options), grids


def at(found, grids, name, threshold):
    (asked,) = (one for one in grids if one.name == name)
    rows = threshold_rows(found, asked, grids[asked])
    (row,) = (row for row in rows if row["threshold"] == threshold)
    return row["clips alone"], row["clips with all"]


def test_the_whole_and_what_is_kept_are_counted(tmp_path):
    found, _ = counted(small(tmp_path / "lake"))
    assert cell(found.given[ALL]) == {"clips": 4, "hours": 4.0, "captions": 8}
    assert cell(found.kept[ALL]) == {"clips": 1, "hours": 1.0, "captions": 2}


def test_a_rule_costs_what_it_refuses_and_loses_what_nothing_else_refuses(tmp_path):
    found, _ = counted(small(tmp_path / "lake"))
    costs = {row["reason"]: row for row in cost_rows(found)}
    assert costs["max_silence_ratio"]["refused clips"] == 2
    assert costs["max_silence_ratio"]["lost clips"] == 1  # b; c would be refused anyway
    assert costs["max_silence_ratio"]["lost captions"] == 2
    assert costs["min_bandwidth_hz"]["refused clips"] == 1
    assert costs["min_bandwidth_hz"]["lost clips"] == 0
    assert costs["licence"]["lost hours"] == 1.0


def test_thresholds_are_counted_alone_and_with_all_other_rules(tmp_path):
    found, grids = counted(small(tmp_path / "lake"))
    assert at(found, grids, "max_silence_ratio", 0.5) == (2, 1)
    assert at(found, grids, "max_silence_ratio", 0.75) == (4, 2)
    assert at(found, grids, "min_bandwidth_hz", 500) == (4, 1)
    assert at(found, grids, "min_bandwidth_hz", 1000) == (3, 1)
    assert at(found, grids, "min_duration_s", 10) == (4, 1)


def test_sources_are_counted_apart_and_add_up(tmp_path):
    found, _ = counted(small(tmp_path / "lake"), by_source=True)
    assert cell(found.given["test"])["clips"] == 3
    assert cell(found.given["other"])["clips"] == 1
    for counts in (found.given, found.kept):
        assert np.allclose(counts[ALL], counts["test"] + counts["other"])


def test_licences_are_a_table_of_what_is_stated_and_what_it_means(tmp_path):
    found, _ = counted(small(tmp_path / "lake"))
    rows = {(row["table"], row["stated"]): row for row in licence_rows(found, POLICY)}
    assert rows["clips", "CC BY-NC 4.0"]["allowed"] == "no"
    assert rows["clips", "CC BY-NC 4.0"]["licence"] == "CC-BY-NC-4.0"
    assert rows["clips", "CC BY 4.0"]["clips"] == 3
    assert rows["captions", "CC BY 4.0"]["captions"] == 8


def test_no_licence_is_allowed_where_its_source_is(tmp_path):
    rows = [clip("a", licence=None), clip("b", licence=None, source="other")]
    licence = {"allow": [], "missing_allowed_for": ["test"]}
    policy = Policy.model_validate({"name": "m", "licence": licence})
    found, _ = counted(lake_of(tmp_path / "lake", *rows), policy, by_source=True)
    said = {source: licence_rows(found, policy, source)[0] for source in (ALL, "test", "other")}
    assert {source: (row["licence"], row["allowed"]) for source, row in said.items()} == {
        ALL: ("missing", "by source"),
        "test": ("missing", "yes"),
        "other": ("missing", "no"),
    }
    assert licence_rows(found, POLICY)[0]["allowed"] == "no"


def test_verdicts_of_other_steps_are_counted_as_rules_are(tmp_path):
    lake = small(tmp_path / "lake")
    told = [
        verdict("clips", name_id("clip", "a")),
        verdict("recordings", name_id("recording", "b"), step="decontaminate"),
        verdict("clips", name_id("clip", "c"), keep=True),
    ]
    put(lake, "decisions", told, "dedup")
    found, _ = counted(lake)
    costs = {row["reason"]: row for row in cost_rows(found)}
    assert costs["verdict of dedup"]["lost clips"] == 1
    assert costs["verdict of decontaminate"]["refused clips"] == 1
    assert costs["verdict of decontaminate"]["lost clips"] == 0  # it is silent, too
    assert cell(found.kept[ALL])["clips"] == 0


def test_the_policys_own_verdicts_are_not_counted_twice(tmp_path):
    lake = small(tmp_path / "lake")
    before, _ = counted(lake)
    run(policy_step(POLICY, lake), lake)
    after, _ = counted(lake)
    assert cost_rows(after) == cost_rows(before)


def test_yield_and_policy_agree_row_by_row(tmp_path):
    rng = np.random.default_rng(7)
    rows = [
        clip(
            str(i),
            silence_ratio=float(rng.choice([0.0, 0.5, 0.9])),
            bandwidth_hz=float(rng.choice([500, 1000, 4000])),
            licence=str(rng.choice(["CC BY 4.0", "CC BY-NC 4.0"])),
        )
        for i in range(60)
    ]
    lake = lake_of(tmp_path / "lake", *rows, captions=[caption(str(i)) for i in range(60)])
    run(policy_step(POLICY, lake), lake)
    refused = {row_id for table, row_id in decided(lake) if table == "clips"}
    found, _ = counted(lake)
    assert 0 < len(refused) < 60
    assert cell(found.kept[ALL])["clips"] == 60 - len(refused)


def with_threshold(policy, asked, threshold):
    """The policy with a threshold on a measure of clips, in place of its own if it has one."""
    rules = [rule.model_dump() for rule in policy.quality.measures]
    own = [r for r in rules if (r["scorer"], r[asked.side] is None) == (asked.scorer, False)]
    new = {"name": asked.name, "scorer": asked.scorer, asked.side: threshold}
    kept = [rule for rule in rules if rule not in own]
    quality = policy.quality.model_dump() | {"measures": [*kept, new]}
    return Policy.model_validate(policy.model_dump() | {"quality": quality})


@pytest.mark.parametrize("missing", ["refuse", "keep"])
@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"scorer": SCORER, "min": 2}, {"scorer": SCORER, "max": 8}],
        [{"scorer": SCORER, "above": 3}, {"scorer": "other@1", "min": 4}],
    ],
    ids=["no rule", "a band", "two scorers of one name"],
)
def test_every_threshold_keeps_what_the_policy_with_it_keeps(tmp_path, rules, missing):
    rng = np.random.default_rng(3)
    rows = [clip(str(i), silence_ratio=float(rng.choice([0.0, 0.9]))) for i in range(40)]
    values = [
        measure(str(i), "ce", float(rng.integers(0, 10)), scorer)
        for i in range(40)
        for scorer in (SCORER, "other@1")
        if rng.random() < 0.8
    ]
    lake = lake_of(tmp_path / "lake", *rows)
    put(lake, "measures", values, "m")
    quality = {"max_silence_ratio": 0.5, "measures": [{"name": "ce"} | rule for rule in rules]}
    given = {"missing_measure": missing, "quality": quality}
    policy = Policy.model_validate(POLICY.model_dump() | given)
    found, grids = counted(lake, policy)
    tried = [
        (asked, threshold)
        for asked, thresholds in grids.items()
        for threshold in thresholds
        if asked.scorer
    ]
    sides = {side for rule in rules for side in rule if side != "scorer"}
    assert {asked.side for asked, _ in tried} == (sides or {"min"})
    shards = RootShards.of(lake, [*KEYS, "measures"])
    for asked, threshold in tried:
        if len({rule["scorer"] for rule in rules}) == 1 and not 2 <= threshold <= 8:
            continue  # beyond the band's other end, which is no policy
        verdicts, _ = root_verdicts(shards, ROOT, with_threshold(policy, asked, threshold))
        refused = verdicts.num_rows
        assert found.together[ALL, asked, threshold][0] == 40 - refused, (asked, threshold)


def test_measures_are_tried_at_their_quantiles_even_if_the_policy_asks_none(tmp_path):
    lake = small(tmp_path / "lake")
    texts = lake.read("captions", ["caption_id"])["caption_id"].to_pylist()
    values = [measure(n, "ce", v) for n, v in zip("abcd", (1, 2, 3, 4), strict=True)]
    put(lake, "measures", values[:3], "m")
    put(lake, "measures", values[3:], "m", root="b-00000")
    scores = [caption_measure(caption(n, t), 0.5) for n in "abcd" for t in ("one", "two")]
    assert {row.caption_id for row in scores} == set(texts)
    put(lake, "caption_measures", scores[:6], "m")
    put(lake, "caption_measures", scores[6:], "m", root="b-00000")
    found, grids = counted(lake)
    assert at(found, grids, "ce", 2.0) == (3, 0)
    assert at(found, grids, "clap", 0.5) == (4, 1)


def test_no_threshold_is_tried_on_what_was_measured_in_words(tmp_path):
    lake = small(tmp_path / "lake")
    said = caption_measure(caption("a", "one"), 0.9)
    put(lake, "caption_measures", [replace(said, name="language", text="en"), said], "m")
    _, grids = counted(lake)
    assert [asked.name for asked in grids if asked.table == "captions"] == ["clap"]


def test_a_policys_own_threshold_is_among_those_tried(tmp_path):
    lake = small(tmp_path / "lake")
    put(lake, "measures", [measure(name, "ce", 5.0) for name in "abc"], "m")
    put(lake, "measures", [measure("d", "ce", 5.0)], "m", root="b-00000")
    rule = {"name": "ce", "scorer": SCORER, "above": 3.38}
    policy = POLICY.model_copy(
        update={
            "quality": Policy.model_validate(
                {"name": "x", "licence": {"allow": []}, "quality": {"measures": [rule]}}
            ).quality
        }
    )
    found, grids = counted(lake, policy)
    (asked,) = (one for one in grids if one.name == "ce")
    assert own_thresholds(policy, asked) == [3.38]
    assert at(found, grids, "ce", 3.38) == (4, 3)
    assert at(found, grids, "ce", 5.0) == (0, 0)  # `above` keeps what is larger


def test_the_json_is_whole(tmp_path):
    found, grids = counted(small(tmp_path / "lake"))
    told = yield_json(found, POLICY, grids)
    assert told["sources"][ALL]["kept"]["clips"] == 1
    assert {one["on"] for one in told["sources"][ALL]["thresholds"]} >= {"min_duration_s"}
    assert json.loads(json.dumps(told))["policy"]["name"] == "test"


def test_an_empty_lake_yields_nothing(tmp_path):
    lake = lake_of(tmp_path / "lake")
    found, _ = counted(lake)
    assert found.given == {}
