"""The views of published figures, against what the paper prints and what can be counted by hand."""

import pytest

from tests.reports import lake_rows as rows

TOLD = {"protocol_digest": "p", "weights_digest": "w"}
STRICT = "gsm8k-strict@lm-eval-v3"
LAION = "laion-clap-630k-audioset-fusion-best@0123"


def published(lake, ask, **changes):
    columns = {"dataset": "audiocaps", "scorer": LAION, "n": 4875, "comparable": True, **TOLD}
    rows.put(lake, "metrics", rows.metric("cl", 0.60, **(columns | changes)))
    return ask(
        "select measured, published, difference, comparable, why_not_comparable"
        " from measured_vs_published where paper_row = 'UALM' and published_dataset = 'audiocaps'"
    )


def test_measured_vs_published_shows_a_difference_where_everything_agrees(lake, ask):
    ((measured, printed, difference, comparable, why),) = published(lake, ask)
    assert (measured, printed, comparable, why) == (0.60, 0.62, True, None)
    assert difference == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scorer": rows.JUDGE}, "embedded scorer: plumbing, not a result"),
        ({"comparable": False}, "its evaluation marks it not comparable"),
        (
            {"comparable": False, "preset": "imported"},
            "the prompt of imported answers is unknown",
        ),
        ({"comparable": False, "row_kind": "blind"}, "a control, not a system"),
        ({"dataset": "clotho"}, "another data set"),
        ({"scorer": "ms-clap@0123"}, "another scorer"),
        ({"n": 957}, "another n"),
        ({"protocol_digest": None}, "its protocol is not recorded"),
        ({"weights_digest": None}, "its weights are not recorded"),
        ({"row_kind": "shuffled"}, "a control, not a system"),
        ({"row_kind": "ground_truth"}, "real sound, not a system"),
    ],
)
def test_measured_vs_published_shows_no_difference_where_something_differs(lake, ask, changes, why):
    assert published(lake, ask, **changes) == [(0.60, 0.62, None, False, why)]


def test_measured_vs_published_puts_real_sound_beside_the_papers_ground_truth(lake, ask):
    changes = {
        "row_kind": "ground_truth",
        "dataset": "audiocaps",
        "n": 4875,
        "scorer": LAION,
        **TOLD,
    }
    rows.put(lake, "metrics", rows.metric("cl", 0.60, comparable=True, **changes))
    found = ask(
        "select paper_row, difference from measured_vs_published"
        " where counterpart and published_dataset = 'audiocaps'"
    )
    assert found == [("Ground Truth", pytest.approx(-0.02))]


def test_measured_vs_published_names_a_published_n_that_is_not_stated(lake, ask):
    columns = {"dataset": "songdescriber", "scorer": LAION, "comparable": True, **TOLD}
    rows.put(lake, "metrics", rows.metric(**columns))
    found = ask(
        "select difference, why_not_comparable from measured_vs_published"
        " where paper_row = 'UALM' and published_dataset = 'songdescriber'"
    )
    assert found == [(None, "the paper does not state n")]


def test_measured_vs_published_compares_shares_with_percents(lake, ask):
    rows.put(
        lake,
        "metrics",
        rows.metric("accuracy", 0.5, dataset="gsm8k", scorer=STRICT, n=1319, comparable=True),
    )
    found = ask(
        "select difference from measured_vs_published"
        " where paper_row = 'UALM' and published_dataset = 'gsm8k'"
    )
    assert found == [(pytest.approx(50 - 92.1),)]


def test_measured_vs_published_keeps_measures_that_nobody_published(lake, ask):
    rows.put(lake, "metrics", rows.metric("spectral_flatness", 0.2))
    found = ask("select measured, published, why_not_comparable from measured_vs_published")
    assert found == [(0.2, None, "nothing published for this measure")]


@pytest.mark.parametrize(
    ("dataset", "scorer", "why"),
    [
        ("audiocaps", "openl3-mel256-env-512@0123", None),
        ("audiocaps", "openl3-mel256-music-512@0123", "another scorer"),
        ("audiocaps", "openl3-mel256-env-6144@0123", "another scorer"),
        ("songdescriber", "openl3-mel256-music-512@0123", "the paper does not state n"),
    ],
)
def test_published_protocols_know_the_network_of_each_set(lake, ask, dataset, scorer, why):
    columns = {"dataset": dataset, "scorer": scorer, "n": 4875, "comparable": True, **TOLD}
    rows.put(lake, "metrics", rows.metric("fd", 70.0, **columns))
    found = ask(
        "select published_dataset, why_not_comparable from measured_vs_published"
        " where paper_row = 'UALM'"
    )
    assert dict(found)[dataset] == why


def test_comparable_figures_pair_systems_that_were_measured_alike(lake, ask):
    alike = {"protocol_digest": "p", "frames": 20, "scorer": LAION}
    rows.put(
        lake,
        "metrics",
        rows.metric("fd", 3.0, system="a", **alike),
        rows.metric("fd", 2.5, system="b", **alike),
        rows.metric("fd", 1.0, system="c", **(alike | {"frames": 21})),
        rows.metric("fd", 1.1, system="d", **(alike | {"protocol_digest": "q"})),
        rows.metric("fd", 1.2, system="e", **(alike | {"n": 47})),
        rows.metric("fd", 1.3, system="f", row_kind="noise", **alike),
        rows.metric("fd", 1.4, system="g", scorer=LAION, frames=20),
        rows.metric("fd", 1.5, system="h", scorer=LAION, frames=20),
    )
    found = ask("select first_system, second_system, difference, apart from comparable_figures")
    assert found == [("a", "b", 0.5, True)]


def test_metrics_measured_and_not_comparable_split_by_the_scorer(lake, ask):
    rows.put(
        lake,
        "metrics",
        rows.metric("cl", 0.1, comparable=True),
        rows.metric("cl", 0.2, scorer=LAION, comparable=True),
    )
    assert ask("select value, comparable from metrics_measured order by value") == [
        (0.1, False),
        (0.2, True),
    ]
    assert ask("select value, why from not_comparable") == [
        (0.1, "embedded scorer: plumbing, not a result")
    ]


def test_published_protocols_name_each_column_once(ask):
    assert ask("select count(*) - count(distinct (dataset, name)) from published_protocols") == [
        (0,)
    ]


def test_table1_generation_keeps_measured_and_published_rows_apart(lake, ask):
    rows.put(lake, "metrics", rows.metric("cl", 0.4), rows.metric("fd", 30.0))
    measured = ask(
        "select dataset, fd, cl, kl, n, several_protocols, comparable from table1_generation"
        " where figures = 'measured'"
    )
    assert measured == [("scenes", 30.0, 0.4, None, 48, False, False)]
    printed = ask(
        'select fd, kl, "is", cl, aes, ovl, rel from table1_generation'
        " where figures = 'published' and dataset = 'audiocaps' and system = 'UALM-Gen'"
    )
    assert printed == [(75.14, 1.19, 14.52, 0.65, 5.08, 3.79, 3.92)]


def test_table1_generation_says_when_two_protocols_gave_a_column(lake, ask):
    rows.put(lake, "metrics", rows.metric("cl", 0.4), rows.metric("cl", 0.3, preset="other"))
    query = "select several_protocols from table1_generation where figures = 'measured'"
    assert ask(query) == [(True,)]


def test_table2_understanding_puts_shares_beside_percents(lake, ask):
    own = {"dataset": "mmau", "scorer": "mmau@110127f", "system": "tiny"}
    rows.put(lake, "metrics", rows.metric("accuracy", 0.61, **own))
    assert ask("select figures, mmau_mean from table2_understanding where system = 'tiny'") == [
        ("measured", pytest.approx(61.0))
    ]
    assert ask("select mmau_sound, mmar_mean from table2_understanding where system = 'UALM'") == [
        (77.9, 55.2)
    ]


def test_table3_text_has_a_mean_only_of_all_three(lake, ask):
    scorers = {"mmlu": "mmlu-letter", "gsm8k": STRICT, "humaneval": "humaneval@12d15a0/first-block"}
    own = [{"dataset": dataset, "scorer": scorer} for dataset, scorer in scorers.items()]
    metrics = [rows.metric("accuracy", 0.3 * (i + 1), **o) for i, o in enumerate(own)]
    rows.put(lake, "metrics", *metrics, rows.metric("accuracy", 0.2, system="part", **own[0]))
    found = ask("select system, mean from table3_text where figures = 'measured' order by system")
    assert found == [("gen-pretrain@0123456789ab", pytest.approx(60.0)), ("part", None)]


def test_table4_reasoning_and_table8_ablation_keep_what_was_printed(ask):
    assert ask("select dialogue from table4_reasoning where system = 'UALM-Reason'") == [
        ("4.02 ± 0.10",)
    ]
    assert ask("select fd from table8_ablation where dataset = 'songdescriber' and fd > 0") == [
        (224.72,)
    ]


def test_published_audit_flags_the_mean_that_its_cells_do_not_give(ask):
    found = ask(
        "select paper_row, printed, expected from published_audit"
        " where \"check\" = 'mean' and flagged"
    )
    assert found == [("Audio Flamingo 3", "72.3", "71.63")]


def test_published_audit_flags_exactly_the_cells_that_no_count_over_test_mini_gives(ask):
    found = ask(
        "select paper_row, metric, printed from published_audit"
        " where \"check\" = 'count' and starts_with(against, 'test-mini') and flagged order by all"
    )
    cells = ask(
        "select paper_row, metric, printed, value from baselines where dataset = 'mmau'"
        " and metric != 'Mean' order by all"
    )
    impossible = [
        (row, metric, printed)
        for row, metric, printed, value in cells
        if not any(f"{100 * k / n:.1f}" == f"{value:.1f}" for n in (333, 334) for k in range(n + 1))
    ]
    assert found == impossible
    assert ("UALM", "Sound", "77.9") in found
    assert ("UALM", "Music", "77.6") in found


def test_published_audit_finds_every_cell_possible_over_the_full_test(ask):
    assert ask(
        "select count(*) from published_audit where against = 'test (3,000)' and flagged"
    ) == [(0,)]
