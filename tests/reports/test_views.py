"""Each view on a hand-made lake, against what can be counted by hand."""

from pathlib import Path

import pytest

from reports.database import view_queries
from schemas.tables import TABLES
from tests.reports import lake_rows as rows

AXES = ("ce", "cu", "pc", "pq")


def test_every_view_has_a_test_that_names_it():
    files = Path(__file__).parent.glob("test_*views.py")
    claims = [line for file in files for line in file.read_text("utf-8").splitlines()]
    claims = [claim for claim in claims if claim.startswith("def test_")]
    untested = [view for view, _ in view_queries() if not any(view in claim for claim in claims)]
    assert untested == []


def test_corpus_by_source_counts_recordings_once_and_hours_in_full(lake, ask):
    rows.put(lake, "recordings", rows.recording("r1"), rows.recording("r2", licence=None))
    clips = [rows.clip(f"c{i}", "r1", duration_s=900.0) for i in range(6)]
    rows.put(lake, "clips", *clips, rows.clip("d", "r2", split="test", duration_s=360.0))
    found = ask(
        "select source, licence, recordings, clips, hours, train_clips, test_clips"
        " from corpus_by_source"
    )
    assert found == [("demo", "CC0", 1, 6, 1.5, 6, 0), ("demo", "not stated", 1, 1, 0.1, 0, 1)]


def test_ledger_by_reason_counts_each_reason(lake, ask):
    rows.put(
        lake,
        "ledger",
        rows.ledger("r1"),
        rows.ledger("r2"),
        rows.ledger("c1", "equal-codes", "audio", "encode", "quarantine"),
    )
    found = ask("select table_name, step, decision, reason, refused from ledger_by_reason")
    assert found == [
        ("recordings", "ingest", "drop", "silent", 2),
        ("audio", "encode", "quarantine", "equal-codes", 1),
    ]


def test_reconciliation_finds_the_recording_that_nobody_accounts_for(lake, ask):
    rows.put(lake, "recordings", *[rows.recording(f"r{i}") for i in range(4)])
    rows.put(lake, "clips", rows.clip("c0", "r0"), rows.clip("c1", "r1"))
    rows.put(lake, "ledger", rows.ledger("r1", "short"), rows.ledger("r2"))
    assert ask("from reconciliation") == [("recordings to clips", "demo", 4, 2, 1, 1)]


def test_reconciliation_of_pairs_counts_contexts_with_generations_only(lake, ask):
    rows.put(lake, "contexts", *[rows.context(f"x{i}") for i in range(3)])
    rows.put(
        lake,
        "generations",
        *[rows.generation(f"{x}{s}", x, s, sound=b"fLaC") for x in ("x0", "x1") for s in range(2)],
    )
    rows.put(lake, "preference_pairs", rows.pair("x01", "x00", "x0"))
    rows.put(lake, "ledger", rows.ledger("x1", "no clear winner", "contexts", "pairs"))
    assert ask("from reconciliation") == [
        ("contexts with generations to pairs", "prompt", 2, 1, 1, 0)
    ]


def test_steps_reconciled_adds_up_what_the_shards_counted_once_a_slot(lake, ask):
    def shard(table, slot, **counts):
        empty = TABLES[table].from_rows([])
        lake.commit(table, [lake.write_shard(table, slot, "0" * 64, empty, **counts)], "test")

    first = {"rows_in": 10, "produced": 7, "dropped": {"silent": 2}, "quarantined": {"odd": 1}}
    shard("ledger", "ingest.a", **first)
    shard("clips", "ingest.a", **first)
    shard("clips", "ingest.b", rows_in=5, produced=4, dropped={}, quarantined={})
    shard("codes", "encode.mel.a")
    assert ask("from steps_reconciled") == [("ingest", 2, 15, 11, 2, 1, 1)]


def test_training_curve_keeps_points_in_order_and_runs_without_a_row(lake, ask):
    rows.put(lake, "runs", rows.run("run1"))
    rows.put(
        lake, "run_metrics", rows.point(2, 1.0), rows.point(1, 2.0), rows.point(1, 9.0, "lost")
    )
    assert ask("select stage, status, step, value from training_curve") == [
        ("gen-pretrain", "finished", 1, 2.0),
        ("gen-pretrain", "finished", 2, 1.0),
        ("lost", "unknown", 1, 9.0),
    ]


@pytest.fixture
def judged(lake):
    rows.put(lake, "contexts", rows.context())
    made = [rows.generation(f"g{i}", sample=i, sound=b"fLaC") for i in range(4)]
    rows.put(lake, "generations", *made)
    axes = [rows.score(f"g{i}", i + k, n, "aes@1") for i in (0, 1) for k, n in enumerate(AXES)]
    claps = [rows.score(f"g{i}", i / 4) for i in range(4)]
    rows.put(lake, "generation_scores", *claps, *axes)
    rows.put(lake, "preference_pairs", rows.pair("g3", "g0"), rows.pair("g2", "g3", scorer="other"))
    return lake


@pytest.mark.usefixtures("judged")
def test_generation_roles_say_who_won_and_who_lost(ask):
    assert ask("select generation_id, pair_role from generation_roles order by 1") == [
        ("g0", "loser"),
        ("g1", "other"),
        ("g2", "winner"),
        ("g3", "both"),
    ]


@pytest.mark.usefixtures("judged")
def test_score_distribution_puts_every_score_into_one_of_twenty_bins(ask):
    found = ask(
        "select bin, round(bin_start, 6), pair_role, generations, comparable"
        " from score_distribution where name = 'clap' order by bin"
    )
    assert found == [
        (0, 0.0, "loser", 1, False),
        (6, 0.225, "other", 1, False),
        (13, 0.4875, "winner", 1, False),
        (19, 0.7125, "both", 1, False),
    ]


def test_score_distribution_of_one_value_is_one_bin(lake, ask):
    rows.put(lake, "contexts", rows.context())
    rows.put(lake, "generations", rows.generation("g0", sound=b"fLaC"))
    rows.put(lake, "generation_scores", rows.score("g0", 0.5, scorer="laion"))
    found = ask("select bin, bin_start, bin_end, generations, comparable from score_distribution")
    assert found == [(0, 0.5, 0.5, 1, True)]


@pytest.mark.usefixtures("judged")
def test_generation_scores_wide_has_the_mean_of_the_four_axes(ask):
    found = ask(
        "select generation_id, scorer, clap, aes, comparable, scores['pq']"
        " from generation_scores_wide where generation_id = 'g1'"
    )
    assert found == [
        ("g1", "aes@1", None, 2.5, True, 4.0),
        ("g1", rows.JUDGE, 0.25, None, False, None),
    ]


@pytest.mark.usefixtures("judged")
def test_preference_pairs_with_text_tell_the_prompt_and_the_gaps(ask):
    found = ask(
        "select judge_text, winner_id, loser_id, gaps, candidates, validated, comparable"
        " from preference_pairs_with_text where winner_id = 'g3'"
    )
    assert found == [("a dog barks", "g3", "g0", ["clap +0.250"], 4, True, False)]
    averages = ask(
        "select winner_model, loser_model, split, avg(gap_of['clap'])"
        " from preference_pairs_with_text where winner_id = 'g3' group by all"
    )
    assert averages == [("gen-pretrain@0123456789ab", "gen-pretrain@0123456789ab", "test", 0.25)]


def test_judge_trust_holds_the_auc_of_each_data_set(lake, ask):
    auc = {"system": "ground_truth", "row_kind": "ground_truth", "scorer": rows.JUDGE}
    rows.put(
        lake,
        "metrics",
        rows.metric("text_match_auc", 0.9, dataset="scenes", note="trusted", **auc),
        rows.metric("text_match_auc", 0.6, dataset="clips", note="not trusted", **auc),
        rows.metric("cl", 0.5),
    )
    assert ask("select scorer, dataset, auc, clips, verdict from judge_trust") == [
        (rows.JUDGE, "clips", 0.6, 48, "not trusted"),
        (rows.JUDGE, "scenes", 0.9, 48, "trusted"),
    ]


def test_leaks_counts_rows_items_and_what_nothing_hit_of_each_evaluation_set(lake, ask):
    def hit(evaluation_set, how, matched, *items):
        return {"set": evaluation_set, "how": how, "matched": matched, "items": items}

    dog, cat = hit("eval", "caption", "a dog", "e1", "e2"), hit("eval", "caption", "a cat", "e3")
    rows.put(
        lake,
        "evaluation_items",
        *[rows.evaluation_item(f"e{i}", captions=["text"]) for i in range(4)],
        rows.evaluation_item("x", "ids", original="youtube:x"),
        rows.evaluation_item("y", "ids", original="youtube:y"),
        rows.evaluation_item("q", "questions", passages=["Why?"]),
    )
    rows.put(
        lake,
        "decisions",
        rows.leak("captions", "k1", "caption", [dog], keep=True),
        rows.leak("captions", "k2", "caption", [cat, dog], keep=True),
        rows.leak("recordings", "r1", "original", [hit("ids", "original", "youtube:x", "x")]),
    )
    found = ask("select * exclude (example_row, example_matched) from leaks")
    assert found == [
        ("eval", "caption", 4, 4, 2, 0, 3, 0.75, 2),
        ("eval", "near_caption", 4, 4, 0, 0, 0, 0.0, 0),
        ("ids", "original", 2, 2, 1, 1, 1, 0.5, 1),
        ("questions", "passage", 1, 1, 0, 0, 0, 0.0, 0),
        ("questions", "passage_other_numbers", 1, 1, 0, 0, 0, 0.0, 0),
    ]
    examples = ask("select example_row, example_matched from leaks where rows_hit > 0")
    assert examples == [("captions/k1", "a dog"), ("recordings/r1", "youtube:x")]
