"""Which item an answer is about."""

from pathlib import Path

import pytest

from evaluation.benchmarks.answer_files import AnswerFile, StatedAnswer
from evaluation.benchmarks.matching import chosen_model, matched, usable
from tests.evaluation.benchmarks.benchmark_rows import answer, item


def stated(source_id, text="cat", **columns):
    return StatedAnswer(place="0", ids=(source_id,), text=text, **columns)


def file(*answers):
    return AnswerFile(path=Path("a.jsonl"), layout="ours", answers=answers, findings=())


def reasons(found):
    return [(own.reason, own.kept) for own in found.findings]


def test_an_id_of_no_item_is_told_with_what_it_said():
    found = matched([item("a")], [stated("b", "lost words")], "m")
    assert found.answers == ()
    assert reasons(found) == [("unmatched_answer", False)]
    assert "lost words" in found.findings[0].detail


def test_an_answer_that_repeats_another_question_is_not_paired_by_its_number():
    items = [item("0", question="How  many?"), item("1", question="How far?")]
    pair = matched(items, [stated("0", question="How far?"), stated("0", question="When?")], "m")
    assert [own.item_id for own in pair.answers] == [items[1].item_id]
    assert reasons(pair) == [("unmatched_answer", False)]


def test_spaces_of_a_question_do_not_count():
    items = [item("0", question="How  many?\n")]
    assert len(matched(items, [stated("0", question="How many?")], "m").answers) == 1


def test_a_question_that_two_items_share_decides_nothing():
    items = [item("0", question="Which?"), item("1", question="Which?")]
    assert matched(items, [stated("9", question="Which?")], "m").answers == ()


def test_the_first_of_two_answers_stays_and_the_second_is_told():
    found = matched([item("a")], [stated("a", "one"), stated("a", "two")], "m")
    assert [own.text for own in found.answers] == ["one"]
    assert reasons(found) == [("double_answer", False)]
    assert "two" in found.findings[0].detail


def test_a_row_that_says_the_same_again_is_only_counted():
    found = matched([item("a")], [stated("a"), stated("a"), stated("a")], "m")
    assert (len(found.answers), found.findings, found.repeated) == (1, (), 2)


def test_an_empty_answer_stays_and_says_nothing():
    found = matched([item("a")], [stated("a", " \n")], "m")
    assert found.answers[0].status == "empty"
    assert reasons(found) == [("empty_answer", True)]
    assert not usable(found.answers[0])


@pytest.mark.parametrize(
    ("text", "status", "is_usable"),
    [("x", None, True), ("x", "truncated", True), ("x", "failed", False), ("", "ok", False)],
)
def test_usable_answers_say_something(text, status, is_usable):
    assert usable(answer(item("a"), text, status=status)) is is_usable


def test_the_files_of_several_models_need_a_choice():
    both = file(stated("a", model="one"), stated("a", model="two"))
    with pytest.raises(ValueError, match="--model one of one, two"):
        chosen_model([both], None)
    answers, name = chosen_model([both], "two")
    assert ([own.model for own in answers], name) == (["two"], "two")


def test_a_nameless_file_needs_a_name():
    with pytest.raises(ValueError, match="name it with --model"):
        chosen_model([file(stated("a"))], None)
    assert chosen_model([file(stated("a"))], "mine")[1] == "mine"
    assert chosen_model([file(stated("a", model="its"))], None)[1] == "its"
