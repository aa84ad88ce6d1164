"""What a reader is warned of."""

from dataclasses import replace

import pytest

from evaluation.benchmarks.cautions import about_result, cautions, statuses
from evaluation.benchmarks.results import Answered, Asked, judged, result_of
from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.scoring import Scorer
from evaluation.benchmarks.told import headline
from tests.evaluation.benchmarks.benchmark_rows import answer, dataset, item

OWN = dataset("humaneval", items=164, digest="e" * 64)
ITEMS = tuple(item(str(n), (), "check(f)", own=OWN) for n in range(3))


def asked(own=OWN, items=ITEMS, known="seen"):
    return Asked.of(own, items, known)


def answered(*answers):
    return Answered(system="m", prompt=None, answers=answers)


def result(*answers, name="humaneval@12d15a0", status="passed"):
    scorer = Scorer(
        name=name,
        is_reference=True,
        judge=lambda pairs: [
            Verdict(value=1.0, parsed=text, parse_status=status) for _, text in pairs
        ],
    )
    who = answered(*answers)
    return result_of(asked(), who, scorer, judged(asked(), who, scorer), seed=0)


def full():
    return [answer(own, "x") for own in ITEMS]


def test_a_whole_known_file_with_every_answer_warns_of_nothing():
    assert cautions(asked(), answered(*full())) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"own": replace(OWN, split="valid")}, "no published split 'valid'"),
        ({"own": replace(OWN, items=163)}, "163 items, not the full set of 164"),
        ({"known": "unknown"}, "digest eeeeeeeeeeee is unknown"),
        ({"items": (*ITEMS, item("w", (), " ", own=OWN))}, "1 items have no reference answer"),
    ],
)
def test_what_is_odd_about_the_file_is_told(changes, told):
    (found,) = cautions(asked(**changes), answered(*full()))
    assert told in found


@pytest.mark.parametrize(
    ("status", "told"),
    [("failed", "1 answers failed"), ("truncated", "1 answers were cut short")],
)
def test_answers_that_failed_or_were_cut_are_told(status, told):
    odd = replace(full()[0], status=status)
    (found,) = cautions(asked(), answered(odd, *full()[1:]))
    assert told in found
    assert statuses(answered(odd, *full()[1:])) == {status: 1, "ok": 2}


def test_presets_of_one_name_and_two_digests_are_mixed():
    rows = [replace(own, prompt="p", prompt_digest=f"d{n}") for n, own in enumerate(full())]
    (found,) = cautions(asked(), answered(*rows))
    assert "p@d0 (1), p@d1 (1), p@d2 (1)" in found


def test_prompts_of_others_are_of_one_kind():
    rows = [replace(own, prompt_digest=f"d{n}") for n, own in enumerate(full())]
    assert cautions(asked(), answered(*rows)) == []


def test_other_numbers_of_samples_are_told():
    (found,) = cautions(asked(), answered(*full(), answer(ITEMS[0], "y", sample=1)))
    assert "2 items have 1, 1 items have 2" in found


def test_the_reference_of_humaneval_refuses_what_leaves_a_task_out():
    assert about_result(result(*full()[:2])) == ["its script refuses answers that leave a task out"]
    assert about_result(result(*full())) == []
    assert about_result(result(*full()[:2], name="humaneval-strict")) == []


def test_programs_that_defeat_the_checker_are_told():
    assert about_result(result(*full(), status="defeats_checker")) == [
        "3 answers have the status `defeats_checker`"
    ]


def test_the_accuracy_of_no_answered_item_is_an_error():
    with pytest.raises(ValueError, match="at least one usable answer"):
        headline(result(), answered_only=True)
