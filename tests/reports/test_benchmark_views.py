"""The views of benchmarks' answers and figures, on rows that can be counted by hand."""

import pytest
from scipy.stats import binomtest

from schemas.benchmarks import Answer, Dataset, Item, ItemScore
from tests.reports import lake_rows as rows

REFERENCE = "mmau@110127f"


def item(number):
    return Item(
        item_id=f"i{number}",
        dataset_id="d",
        source_id=f"s{number}",
        question="Which?",
        choices=["cat", "dog"],
        answer="cat",
    )


def answer(number, model, sample=0, prompt=None):
    return Answer(
        answer_id=f"{model}-{number}-{sample}",
        item_id=f"i{number}",
        model=model,
        prompt_digest=None,
        sample=sample,
        text="cat",
        prompt=prompt,
    )


def score(number, model, value, sample=0, scorer=REFERENCE):
    return ItemScore(
        answer_id=f"{model}-{number}-{sample}", scorer=scorer, value=value, parse_status="parsed"
    )


def fill(lake, answers, scores):
    dataset = Dataset(dataset_id="d", name="mmau", split="test", digest="0", items=12)
    rows.put(lake, "datasets", dataset)
    rows.put(lake, "items", *[item(number) for number in range(12)])
    rows.put(lake, "answers", *answers)
    rows.put(lake, "item_scores", *scores)


def test_scorer_disagreements_show_what_each_scorer_read(lake, ask):
    scores = [
        score(0, "m", 1.0),
        score(0, "m", 0.0, scorer="choice@1"),
        score(1, "m", 1.0),
        score(1, "m", 1.0, scorer="choice@1"),
    ]
    fill(lake, [answer(0, "m"), answer(1, "m")], scores)
    found = ask(
        "select source_id, first_scorer, second_scorer, first_value, second_value"
        " from scorer_disagreements"
    )
    assert found == [("s0", "choice@1", REFERENCE, 0.0, 1.0)]


def test_paired_runs_count_what_only_one_has_right_and_give_the_exact_p(lake, ask):
    right = {"one": range(9), "two": range(7, 10)}
    answers = [answer(n, model) for model in right for n in range(11)]
    scores = [score(n, model, float(n in right[model])) for model in right for n in range(11)]
    fill(lake, answers, scores)
    (found,) = ask(
        "select first_model, second_model, n, first_accuracy, second_accuracy, only_first,"
        " only_second, mcnemar_p from paired_runs"
    )
    assert found[:3] == ("one", "two", 12)
    assert found[3:5] == (pytest.approx(9 / 12), pytest.approx(3 / 12))
    assert found[5:7] == (7, 1)
    assert found[7] == pytest.approx(binomtest(7, 8).pvalue)


def test_paired_runs_of_several_samples_have_no_mcnemar_p(lake, ask):
    answers = [answer(0, "one", 0), answer(0, "one", 1), answer(0, "two")]
    scores = [score(0, "one", 1.0, 0), score(0, "one", 0.0, 1), score(0, "two", 0.0)]
    fill(lake, answers, scores)
    assert ask("select difference, mcnemar_p from paired_runs") == [(pytest.approx(0.5 / 12), None)]


def test_accuracy_by_part_splits_the_part_from_its_label(lake, ask):
    parts = [
        rows.metric("accuracy", 0.5, dataset="mmau", subset="category=a=b", n=7),
        rows.metric("accuracy", 0.6, dataset="mmau"),
    ]
    rows.put(lake, "metrics", *parts)
    assert ask("select part, label, value, n from accuracy_by_part") == [
        ("category", "a=b", 0.5, 7)
    ]


def test_accuracy_figures_are_those_of_the_published_scorer_by_manner_of_asking(lake, ask):
    own = {"dataset": "mmau", "scorer": REFERENCE}
    rows.put(
        lake,
        "metrics",
        rows.metric("accuracy", 0.5, preset="choices-reasoning", **own),
        rows.metric("accuracy", 0.6, preset="mmau", **own),
        rows.metric("accuracy", 0.9, dataset="mmau", scorer="choice@1", preset="mmau"),
        rows.metric("accuracy_answered", 0.7, preset="mmau", **own),
        rows.metric("accuracy", 0.25, dataset="mmau", scorer="mean", row_kind="chance"),
    )
    assert ask("select percent, prompt, row_kind from accuracy_figures order by percent") == [
        (25.0, "", "chance"),
        (50.0, "reasoning", "system"),
        (60.0, "", "system"),
    ]


def test_table2_understanding_has_the_domains_and_blind_answers_as_systems(lake, ask):
    own = {"dataset": "mmau", "scorer": REFERENCE, "preset": "mmau", "system": "tiny"}
    domains = {"sound": 0.3, "music": 0.5, "speech": 0.7}
    blind = own | {"system": "first_choice", "row_kind": "blind", "preset": "blind"}
    rows.put(
        lake,
        "metrics",
        rows.metric("accuracy", 0.5, **own),
        *[rows.metric("accuracy", v, subset=f"modality={d}", **own) for d, v in domains.items()],
        rows.metric("accuracy", 0.99, subset="category=Reasoning", **own),
        rows.metric("accuracy", 0.4, **blind),
        rows.metric("accuracy", 0.6, **(own | {"dataset": "mmar", "scorer": "mmar@main"})),
    )
    found = ask(
        "select system, row_kind, mmau_sound, mmau_music, mmau_speech, mmau_mean, mmar_mean,"
        " several_figures from table2_understanding where figures = 'measured' order by system"
    )
    assert found == [
        ("first_choice", "blind", None, None, None, 40.0, None, False),
        ("tiny", "system", 30.0, 50.0, 70.0, 50.0, 60.0, False),
    ]


def test_table2_understanding_says_where_a_cell_has_several_figures(lake, ask):
    own = {"dataset": "mmau", "scorer": REFERENCE, "preset": "mmau", "system": "tiny"}
    figures = [rows.metric("accuracy", v, dataset_digest=str(v), **own) for v in (0.5, 0.6)]
    rows.put(lake, "metrics", *figures)
    query = "select mmau_mean, several_figures from table2_understanding where system = 'tiny'"
    assert ask(query) == [(60.0, True)]


def test_measured_vs_published_leaves_parts_out_and_calls_blind_answers_controls(lake, ask):
    own = {"dataset": "mmar", "scorer": "mmar@main", "n": 1000, "comparable": True}
    rows.put(
        lake,
        "metrics",
        rows.metric("accuracy", 0.6, **own),
        rows.metric("accuracy", 0.3, row_kind="blind", **own),
        rows.metric("accuracy", 0.9, subset="modality=music", **own),
    )
    found = ask(
        "select measured, difference, why_not_comparable from measured_vs_published"
        " where paper_row = 'UALM' and published_dataset = 'mmar' order by measured"
    )
    assert found == [
        (0.3, None, "a control, not a system"),
        (0.6, pytest.approx(60 - 55.2), None),
    ]
